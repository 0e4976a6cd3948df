import { closeSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { basename } from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { scratchBytes } from './scratch-memory.ts';

// One read call of Node takes a signed 32-bit length.
const LARGEST_READ = 2 ** 30;

/** A file open for reading; what lies where is asked by byte offset. */
export interface OpenFile {
  readonly path: string;
  readonly size: number;
  /**
   * The bytes [offset, offset + length).
   *
   * @throws CodedError `model-damaged` when the file ends before that.
   */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
  /** The same in memory that `releaseScratch` gives back. */
  readScratch(offset: number, length: number): Uint8Array<ArrayBuffer>;
}

/**
 * Opens `path`, hands it to `use` and closes it again, whatever happens.
 *
 * @throws CodedError `model-not-found` when it does not exist, is not a regular file, or may not be read.
 */
export function withFile<T>(path: string, use: (file: OpenFile) => T): T {
  const stats = regularFile(path);
  const descriptor = reading(path, () => openSync(path, 'r'));
  try {
    return use({
      path,
      size: stats.size,
      read: (offset, length) => readFully(descriptor, path, offset, new Uint8Array(length)),
      readScratch: (offset, length) => readFully(descriptor, path, offset, scratchBytes(length)),
    });
  } finally {
    closeSync(descriptor);
  }
}

/** Makes a call of the file system on `path`; a refusal becomes a CodedError `model-not-found`. */
export function reading<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CodedError(
      'model-not-found',
      `${path} cannot be read (${reason}).`,
      'Check that the file exists and that you may read it.',
      { path },
    );
  }
}

// Asked before opening: opening a pipe for reading waits for its writer.
function regularFile(path: string): Stats {
  const stats = reading(path, () => statSync(path));
  if (!stats.isFile()) {
    throw new CodedError('model-not-found', `${path} is not a regular file.`, 'Give the folder of a model.', { path });
  }
  return stats;
}

function readFully(
  descriptor: number,
  path: string,
  offset: number,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const { length } = bytes;
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, Math.min(length - done, LARGEST_READ), offset + done);
    if (count === 0) {
      throw new CodedError(
        'model-damaged',
        `${basename(path)} ends at byte ${offset + done}, before all of its data was read.`,
        'Download the file again; it is cut off, or it was changed while it was being read.',
        { path },
      );
    }
    done += count;
  }
  return bytes;
}
