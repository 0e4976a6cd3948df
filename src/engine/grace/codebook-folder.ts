import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import type {
  CodebookNotice,
  EditOutcome,
  EditRecord,
  EditSwitch,
  JournalRecord,
  ListedEdit,
} from '../../protocol/edit.ts';
import { checkEdit, type Codebook } from './codebook.ts';
import {
  createLayout,
  findJournal,
  JOURNAL_FILE,
  makeFolder,
  MANIFEST_FILE,
  mendLayout,
  refuseOtherFiles,
  VECTORS_FOLDER,
} from './codebook-layout.ts';
import { syncFolder } from './durable-file.ts';
import { readJournal } from './journal-lines.ts';
import { JournalWriter } from './journal.ts';
import { WriterLock } from './lock.ts';
import { readManifest, writeManifest, type CodebookManifest } from './manifest.ts';
import { StoredEdits, toCodebookEdit } from './stored-edits.ts';
import { mostRows, readVectors, writeVectors, type EditVectors } from './vectors.ts';

/** What the caller knows of a new edit; number, time and vector file are the folder's part. */
export type NewEdit = Omit<EditRecord, 'op' | 'edit' | 'at' | 'vectors'>;

/**
 * A codebook on disk, and the only owner of one: `codebook.json` says what it was made for, `edits.jsonl` is the journal, and
 * `vectors/` has a file of keys and value for every edit. The codebook itself is folded from them and never stored.
 */
export class CodebookFolder {
  readonly path: string;
  readonly manifest: CodebookManifest;
  readonly #edits = new StoredEdits();
  readonly #notices: CodebookNotice[] = [];
  #writer: { readonly lock: WriterLock; readonly journal: JournalWriter } | null = null;
  #codebook: Codebook;

  /**
   * Makes an empty codebook and opens it for writing. What a creation left that was interrupted is completed.
   *
   * @throws CodedError `bad-argument` when there is a codebook already, or files of something else; `codebook-damaged` when
   * there are edits without one.
   */
  static create(folder: string, manifest: Omit<CodebookManifest, 'created'>): CodebookFolder {
    makeFolder(path.resolve(folder));
    refuseOtherFiles(folder);
    return withLock(folder, (lock) => {
      if (existsSync(path.join(folder, MANIFEST_FILE))) {
        throw new CodedError(
          'bad-argument',
          `There is a codebook in ${folder} already.`,
          'Open it, or give another folder.',
        );
      }
      const journal = path.join(folder, JOURNAL_FILE);
      // Edits without codebook.json were made for a model that nobody knows any more; reading the manifest says so.
      if (existsSync(journal) && statSync(journal).size > 0) readManifest(folder);
      createLayout(folder);
      writeManifest(folder, { ...manifest, created: now() });
      return new CodebookFolder(folder, lock);
    });
  }

  /**
   * Opens a codebook. Readers see it as it is now and never wait; there is one writer at a time.
   *
   * @throws CodedError `bad-argument` when the folder holds none, `codebook-damaged`, `codebook-mismatch` for another format
   * version, `codebook-locked` when there is another writer.
   */
  static open(folder: string, mode: 'read' | 'write'): CodebookFolder {
    // Before locking, which would leave a file in a folder that is no codebook.
    readManifest(folder);
    return mode === 'read'
      ? new CodebookFolder(folder, null)
      : withLock(folder, (lock) => new CodebookFolder(folder, lock));
  }

  private constructor(folder: string, lock: WriterLock | null) {
    this.path = folder;
    this.manifest = readManifest(folder);
    const file = findJournal(folder);
    const journal = readJournal(file);
    this.#notices.push(...journal.notices);
    for (const { line, record } of journal.lines) this.#note(this.#edits.history.replay(record, line));
    for (const { record, state } of this.#edits.history.edits.values()) if (state !== 'reverted') this.#load(record);
    this.#codebook = this.#edits.fold(this.manifest.dIn);
    if (!lock) return;
    mendLayout(folder);
    this.#writer = { lock, journal: new JournalWriter(file, journal) };
  }

  /** What was skipped or left out when the folder was opened. */
  get notices(): readonly CodebookNotice[] {
    return this.#notices;
  }

  /** The codebook of the live edits; each withdrawal makes a new one. Only {@link append} may apply edits to it. */
  get codebook(): Codebook {
    return this.#codebook;
  }

  /** Every edit there ever was, in order of creation. */
  get edits(): readonly ListedEdit[] {
    return this.#edits.list();
  }

  /** Keys and value of an edit; undefined for reverted and damaged ones. */
  vectorsOf(edit: number): EditVectors | undefined {
    return this.#edits.vectors.get(edit);
  }

  /** For exports; only this folder changes them. */
  get stored(): StoredEdits {
    return this.#edits;
  }

  /** The number that the next edit gets; one that a bad line may hold is left out. */
  get nextEdit(): number {
    return this.#edits.history.lastEdit + this.#notices.filter(({ kind }) => kind === 'bad-line').length + 1;
  }

  /**
   * Records a new edit and applies it; when this returns, it is on the disk.
   *
   * @throws CodedError `bad-argument` when the vectors are not what this codebook needs, it is open for reading only, or the
   * file system refuses; `codebook-damaged` when another program has changed the journal.
   */
  append(edit: NewEdit, vectors: EditVectors): { readonly record: EditRecord; readonly outcome: EditOutcome } {
    const { journal } = this.#requireWriter();
    // The caller may use its buffers again.
    const own = { keys: vectors.keys.map((key) => key.slice()), value: vectors.value.slice() };
    const draft = { ...edit, op: 'edit', edit: this.nextEdit, at: now(), vectors: '' } as const;
    this.#check(draft, own);
    const record = { ...draft, vectors: writeVectors(this.#vectorsFolder, own, this.manifest.dOut) };
    syncFolder(this.#vectorsFolder);
    journal.append(record);
    this.#edits.history.replay(record);
    this.#edits.vectors.set(record.edit, own);
    return { record, outcome: this.#codebook.apply(toCodebookEdit(record, own)) };
  }

  /** Takes an edit out for the time being. Errors as for {@link revert}. */
  disable(edit: number): void {
    this.#switch('disable', edit);
  }

  /** Puts a disabled edit back in its old place. Errors as for {@link revert}, and `vector-damaged`. */
  enable(edit: number): void {
    this.#switch('enable', edit);
  }

  /**
   * Takes an edit out for good: the codebook is what it would be had the edit never been made.
   *
   * @throws CodedError `edit-unknown`; `bad-argument` when the edit is in that state already, or reverted; and as for
   * {@link append}.
   */
  revert(edit: number): void {
    this.#switch('revert', edit);
  }

  /**
   * Appends records of another codebook, already numbered for this one, all or none; `vectors` has those of each edit that
   * has any. Errors as for {@link append}.
   */
  adopt(records: readonly JournalRecord[], vectors: ReadonlyMap<number, EditVectors>): void {
    const { journal } = this.#requireWriter();
    for (const record of records) {
      const own = vectors.get(record.edit);
      if (record.op === 'edit' && own) this.#check(record, own);
    }
    for (const own of vectors.values()) writeVectors(this.#vectorsFolder, own, this.manifest.dOut);
    syncFolder(this.#vectorsFolder);
    journal.appendTogether(records);
    for (const record of records) this.#note(this.#edits.history.replay(record));
    for (const [edit, own] of vectors) this.#edits.vectors.set(edit, own);
    this.#codebook = this.#edits.fold(this.manifest.dIn);
  }

  close(): void {
    this.#writer?.journal.close();
    this.#writer?.lock.release();
    this.#writer = null;
  }

  get #vectorsFolder(): string {
    return path.join(this.path, VECTORS_FOLDER);
  }

  #switch(op: EditSwitch['op'], edit: number): void {
    const { journal } = this.#requireWriter();
    const record = { op, edit, at: now() };
    this.#edits.history.check(record);
    if (op === 'enable') this.#edits.vectors.set(edit, this.#read(this.#edits.history.edits.get(edit)!.record));
    journal.append(record);
    this.#edits.history.replay(record);
    if (op === 'revert') this.#edits.vectors.delete(edit);
    this.#codebook = this.#edits.fold(this.manifest.dIn);
  }

  #load(record: EditRecord): void {
    try {
      this.#edits.vectors.set(record.edit, this.#read(record));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const message = `Edit ${record.edit} is left out. ${error.message}`;
      this.#note({ kind: 'vector-damaged', message, line: null, edit: record.edit });
    }
  }

  #read({ vectors, rephrasings, label }: EditRecord): EditVectors {
    const { dIn, dOut } = this.manifest;
    const shape = { keys: rephrasings.length + 1, dIn, dOut, rows: mostRows(label) };
    return readVectors(this.#vectorsFolder, vectors, shape);
  }

  #check(record: EditRecord, vectors: EditVectors): void {
    const keys = record.rephrasings.length + 1;
    if (vectors.keys.length !== keys) {
      throw new CodedError(
        'bad-argument',
        `The edit needs a key for each of its ${keys} prompts and has ${vectors.keys.length}.`,
      );
    }
    const rows = vectors.value.length / this.manifest.dOut;
    if (!Number.isInteger(rows) || rows < 1 || rows > mostRows(record.label)) {
      throw new CodedError('bad-argument', `The value of ${vectors.value.length} numbers does not fit this codebook.`);
    }
    checkEdit(toCodebookEdit(record, vectors), this.manifest.dIn);
  }

  #note(notice: CodebookNotice | null): void {
    if (notice) this.#notices.push(notice);
  }

  #requireWriter(): { readonly journal: JournalWriter } {
    if (this.#writer) return this.#writer;
    throw new CodedError('bad-argument', `The codebook ${this.path} is open for reading only.`, 'Open it for writing.');
  }
}

const now = (): string => new Date().toISOString();

/** Hands the lock over; it is released at once when that fails. */
function withLock(folder: string, open: (lock: WriterLock) => CodebookFolder): CodebookFolder {
  const lock = WriterLock.acquire(folder);
  try {
    return open(lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}
