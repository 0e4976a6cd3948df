import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { z } from 'zod';
import { CodedError } from '../../protocol/coded-error.ts';
import { LOCK_FILE } from './codebook-layout.ts';
import { accessing, writeFully } from './durable-file.ts';

/** Who has the lock; for people, the lock itself is the operating system's. */
const holderSchema = z.object({ pid: z.int(), host: z.string(), since: z.string() });
type Holder = z.infer<typeof holderSchema>;

// Windows lets nobody read what is locked, so the lock lies far behind the holder's name; macOS locks whole files only.
const [OFFSET, LENGTH] = process.platform === 'darwin' ? [0, 0] : [2 ** 32, 1];

/** What those who come second are told. */
export interface LockRefusal {
  readonly says: (who: string) => string;
  readonly advice: string;
}

/**
 * The right to write to a folder, a codebook's if nothing else is said: one writer at a time, in this process or any other, and
 * readers at any time.
 * It ends with the process, however that ends; the file stays and means nothing by itself.
 */
export class WriterLock {
  readonly #file: string;
  #descriptor: number | null;

  private constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
  }

  /** @throws CodedError `codebook-locked` while another writer is there; `storage-failed` when the folder cannot be written. */
  static acquire(folder: string, refusal = codebookRefusal(folder)): WriterLock {
    const file = path.join(folder, LOCK_FILE);
    const descriptor = accessing(file, () => openSync(file, 'a'));
    if (!lockOrClose(file, descriptor)) throw locked(folder, readHolder(file), refusal);
    const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    ftruncateSync(descriptor);
    writeFully(descriptor, Buffer.from(`${JSON.stringify(holder)}\n`));
    return new WriterLock(file, descriptor);
  }

  /** False when its file was removed or replaced: another writer may have locked the new one. */
  get inPlace(): boolean {
    if (this.#descriptor === null) return false;
    const there = statSync(this.#file, { throwIfNoEntry: false });
    const ours = fstatSync(this.#descriptor);
    return there?.ino === ours.ino && there.dev === ours.dev;
  }

  release(): void {
    if (this.#descriptor === null) return;
    // Those who watch the folder learn from this that they may write now.
    ftruncateSync(this.#descriptor);
    closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

function lockOrClose(file: string, descriptor: number): boolean {
  let granted = false;
  try {
    granted = accessing(file, () => tryLock(descriptor, OFFSET, LENGTH));
    return granted;
  } finally {
    if (!granted) closeSync(descriptor);
  }
}

/** Null while the holder has not yet written its name. */
function readHolder(file: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** `2026-03-01 12:05 UTC` of an ISO time. */
const toTheMinute = (since: string): string => `${since.slice(0, 16).replace('T', ' ')} UTC`;

const codebookRefusal = (folder: string): LockRefusal => ({
  says: (who) => `The codebook ${folder} is open for writing in ${who}.`,
  advice: 'Close it there, or open it for reading only.',
});

function locked(folder: string, holder: Holder | null, { says, advice }: LockRefusal): CodedError {
  const who = holder
    ? `process ${holder.pid} on ${holder.host}, since ${toTheMinute(holder.since)}`
    : 'another process';
  return new CodedError('codebook-locked', says(who), advice, { folder, ...holder });
}
