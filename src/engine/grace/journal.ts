import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, statSync } from 'node:fs';
import { CodedError } from '../../protocol/coded-error.ts';
import type { JournalRecord } from '../../protocol/edit.ts';
import { accessing, appendDurably, replaceFileDurably } from './durable-file.ts';
import { MAX_LINE_BYTES, type Journal } from './journal-lines.ts';
import { journalRecord } from './journal-record.ts';

/**
 * Appends to a codebook's journal, edits.jsonl: one record of JSON on each line, never changed again.
 *
 * A record is acknowledged by returning: it is on the disk then. After a failure the file is as it was.
 */
export class JournalWriter {
  readonly #file: string;
  #descriptor: number;
  /** Bytes of the file as it was read or last written, whole lines and, at first, a torn one behind them. */
  #size: number;
  /** Bytes of its whole lines. */
  #end: number;
  /** A line end that the last line, though whole, still lacks. */
  #missingEnd: '' | '\n';

  constructor(file: string, journal: Journal) {
    this.#file = file;
    this.#descriptor = accessing(file, () => openSync(file, 'a'));
    this.#size = journal.size;
    this.#end = journal.end;
    this.#missingEnd = journal.ended ? '' : '\n';
  }

  /**
   * @throws CodedError `bad-argument` for a record that is too long; `storage-failed`; `codebook-damaged` when another program
   * has changed the file meanwhile.
   */
  append(record: JournalRecord): void {
    const bytes = this.#encode([record]);
    this.#refuseIfChanged();
    accessing(this.#file, () => {
      if (this.#size > this.#end) ftruncateSync(this.#descriptor, this.#end);
      appendDurably(this.#descriptor, this.#end, bytes);
    });
    this.#grownBy(bytes);
  }

  /** Appends all records or, if it is interrupted, none. Errors as for {@link append}. */
  appendTogether(records: readonly JournalRecord[]): void {
    const bytes = this.#encode(records);
    this.#refuseIfChanged();
    accessing(this.#file, () => {
      const before = readFileSync(this.#file).subarray(0, this.#end);
      // Windows replaces no file that is open.
      closeSync(this.#descriptor);
      try {
        replaceFileDurably(this.#file, [before, bytes]);
      } finally {
        this.#descriptor = openSync(this.#file, 'a');
      }
    });
    this.#grownBy(bytes);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #encode(records: readonly JournalRecord[]): Uint8Array {
    const lines = records.map((record) => `${JSON.stringify(journalRecord.parse(record))}\n`);
    const longest = Math.max(0, ...lines.map((line) => Buffer.byteLength(line)));
    if (longest > MAX_LINE_BYTES) {
      throw new CodedError(
        'bad-argument',
        `An edit may take ${MAX_LINE_BYTES} bytes in the journal, and this one takes ${longest}.`,
        'Shorten the prompt, the target or the rephrasings.',
      );
    }
    return Buffer.from(this.#missingEnd + lines.join(''));
  }

  /** Whether the file is as it was read or last written. */
  get inPlace(): boolean {
    const ours = fstatSync(this.#descriptor);
    const there = statSync(this.#file, { throwIfNoEntry: false });
    return there?.ino === ours.ino && there.dev === ours.dev && there.size === this.#size;
  }

  /** A merge or an editor may have replaced the file; appending then would lose the edit, or what they did. */
  #refuseIfChanged(): void {
    if (this.inPlace) return;
    throw new CodedError(
      'codebook-damaged',
      `Another program has changed ${this.#file} since the codebook was opened; nothing was written.`,
      'Open the codebook again.',
      { file: this.#file },
    );
  }

  #grownBy(bytes: Uint8Array): void {
    this.#end += bytes.length;
    this.#size = this.#end;
    this.#missingEnd = '';
  }
}
