import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';

/** The end of every temporary name; what bears it was never finished. */
export const TEMPORARY = '.tmp';

/**
 * Writes a file whole or not at all: under a temporary name, then onto the disk, then renamed. A power cut may still forget
 * the name until {@link syncFolder} has been called.
 *
 * @throws CodedError as {@link accessing}.
 */
export function replaceFile(file: string, pieces: Iterable<Uint8Array>): void {
  const temporary = `${file}.${process.pid}${TEMPORARY}`;
  accessing(file, () => {
    try {
      writeWhole(temporary, pieces);
      renameSync(temporary, file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** As {@link replaceFile}, and the name is on the disk as well when this returns. */
export function replaceFileDurably(file: string, pieces: Iterable<Uint8Array>): void {
  replaceFile(file, pieces);
  syncFolder(path.dirname(file));
}

function writeWhole(file: string, pieces: Iterable<Uint8Array>): void {
  const descriptor = openSync(file, 'w');
  try {
    for (const piece of pieces) writeFully(descriptor, piece);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes all of `bytes` where the file's position is; the operating system may take them in several parts. */
export function writeFully(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
}

/** Appends to a file of `length` bytes and waits for the disk; after a failure the file has its old length again. */
export function appendDurably(descriptor: number, length: number, bytes: Uint8Array): void {
  try {
    writeFully(descriptor, bytes);
    fsyncSync(descriptor);
  } catch (error) {
    ftruncateSync(descriptor, length);
    throw error;
  }
}

/** Puts the names in a folder onto the disk. */
export function syncFolder(folder: string): void {
  // Windows opens no folders, and NTFS keeps names in its own journal.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** What the file system says of a path that cannot be right; everything else is a refusal. */
const WRONG_PATH = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENAMETOOLONG', 'ELOOP', 'ERR_INVALID_ARG_VALUE']);

/**
 * Makes calls of the file system on `file`.
 *
 * @throws CodedError `bad-argument` when the path is wrong; `storage-failed` when the file system refuses (no space, no rights).
 */
export function accessing<T>(file: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error) || error instanceof CodedError) throw error;
    throw new CodedError(
      WRONG_PATH.has(String(error.code)) ? 'bad-argument' : 'storage-failed',
      `${file} cannot be used (${error.message}).`,
      'Check that it exists, that you may read and write it, and that the disk has space.',
      { path: file, reason: error.code },
    );
  }
}
