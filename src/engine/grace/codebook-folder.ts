import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import type {
  CodebookNotice,
  EditAnnotation,
  EditOutcome,
  EditRecord,
  EditSwitch,
  JournalRecord,
  ListedEdit,
} from '../../protocol/edit.ts';
import { checkEdit, checkRadius, type FoldedCodebook } from './codebook.ts';
import { readContent, readVectorsOf, type CodebookContent } from './codebook-content.ts';
import {
  createLayout,
  JOURNAL_FILE,
  makeFolder,
  MANIFEST_FILE,
  mendLayout,
  refuseOtherFiles,
  removeLayout,
  VECTORS_FOLDER,
} from './codebook-layout.ts';
import { syncFolder } from './durable-file.ts';
import { FileStamps } from './file-stamps.ts';
import { JournalWriter } from './journal.ts';
import { WriterLock } from './lock.ts';
import { checkIdentity, readManifest, writeManifest, type CodebookManifest } from './manifest.ts';
import { routerNamed } from './router-names.ts';
import { toCodebookEdit, type StoredEdits } from './stored-edits.ts';
import { mostRows, writeVectors, type EditVectors } from './vectors.ts';

/** What the caller knows of a new edit; number, time and vector file are the folder's part. */
export type NewEdit = Omit<EditRecord, 'op' | 'edit' | 'at' | 'vectors'>;

/** What people say of an edit. */
export type Annotation = Pick<EditAnnotation, 'title' | 'note' | 'tags'>;

/** read: never more than that; write: refused while there is another writer; auto: written to while nobody else does. */
export type OpenMode = 'read' | 'write' | 'auto';

/**
 * A codebook on disk, and the only owner of one: `codebook.json` says what it was made for, `edits.jsonl` is the journal, and
 * `vectors/` has a file of keys and value for every edit. The codebook itself is folded from them and never stored.
 *
 * Files that another program has changed are read again by {@link refresh}, and before anything is written.
 */
export class CodebookFolder {
  readonly path: string;
  readonly #mode: OpenMode;
  #content: CodebookContent;
  #stamps: FileStamps;
  #codebook: FoldedCodebook;
  #lock: WriterLock | null = null;
  /** Why there is no lock, where one is wanted. */
  #noLock: CodedError | null = null;
  /** There while the lock is held and the files are sound. */
  #journal: JournalWriter | null = null;
  /** Why the files cannot be read as they are now; the content is what they held before. */
  #fault: CodedError | null = null;
  #isNew = false;
  #rereads = 0;
  #closed = false;

  /**
   * Makes an empty codebook and opens it for writing. What a creation left that was interrupted is completed.
   *
   * @throws CodedError `bad-argument` when there is a codebook already, or files of something else; `codebook-damaged` when
   * there are edits without one; `storage-failed`.
   */
  static create(
    folder: string,
    manifest: Omit<CodebookManifest, 'created'>,
    mode: Exclude<OpenMode, 'read'> = 'write',
  ): CodebookFolder {
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
      const created = new CodebookFolder(folder, mode, lock);
      created.#isNew = true;
      return created;
    });
  }

  /**
   * Opens a codebook. Readers see it as it is now and never wait; there is one writer at a time.
   *
   * @throws CodedError `bad-argument` when the folder holds none, `codebook-damaged`, `codebook-mismatch` for another format
   * version; to write, `codebook-locked` when there is another writer, and `storage-failed`.
   */
  static open(folder: string, mode: OpenMode): CodebookFolder {
    // Before locking, which would leave a file in a folder that is no codebook.
    readManifest(folder);
    const lock = mode === 'read' ? null : acquire(folder);
    if (lock instanceof CodedError && mode === 'write') throw lock;
    try {
      return new CodebookFolder(folder, mode, lock);
    } catch (error) {
      if (lock instanceof WriterLock) lock.release();
      throw error;
    }
  }

  /** `lock`: what came of the attempt to get it; null where it is not wanted. */
  private constructor(folder: string, mode: OpenMode, lock: WriterLock | CodedError | null) {
    this.path = folder;
    this.#mode = mode;
    this.#stamps = new FileStamps();
    this.#content = readContent(folder, this.#stamps);
    this.#codebook = this.#fold();
    if (lock instanceof CodedError) this.#noLock = lock;
    else this.#lock = lock;
    this.#startWriting();
  }

  get manifest(): CodebookManifest {
    return this.#content.manifest;
  }

  /** What was skipped or left out when the files were read. */
  get notices(): readonly CodebookNotice[] {
    return this.#content.notices;
  }

  /** The codebook of the live edits. Only this folder changes it, and whatever takes edits back may make a new one. */
  get codebook(): FoldedCodebook {
    return this.#codebook;
  }

  /** Every edit there ever was, in order of creation. */
  get edits(): readonly ListedEdit[] {
    return this.stored.list();
  }

  /** Keys and value of an edit; undefined for reverted and damaged ones. */
  vectorsOf(edit: number): EditVectors | undefined {
    return this.stored.vectors.get(edit);
  }

  /** For exports; only this folder changes them. */
  get stored(): StoredEdits {
    return this.#content.edits;
  }

  /** The number that the next edit gets; one that a bad line may hold is left out. */
  get nextEdit(): number {
    return this.stored.history.lastEdit + this.notices.filter(({ kind }) => kind === 'bad-line').length + 1;
  }

  /** Why the files cannot be used as they are now, in one sentence; null when they can. */
  get fault(): string | null {
    if (!this.#fault) return null;
    return `Its files cannot be used as they are, so it is shown as it was before: ${this.#fault.message}`;
  }

  /** Why it cannot be changed now, in one sentence; null when it can. */
  get readOnly(): string | null {
    if (this.#closed) return `The codebook ${this.path} is closed.`;
    if (this.#fault) return this.fault;
    if (this.#journal) return null;
    if (!this.#noLock) return `The codebook ${this.path} is open for reading only.`;
    const { code, message } = this.#noLock;
    return code === 'codebook-locked' ? message.replace(/\.$/, '; close it there to change it here.') : message;
  }

  /** Counts how often {@link refresh} has found anything changed. */
  get rereads(): number {
    return this.#rereads;
  }

  /** Reads the files again if another program has changed them, and takes the lock if the mode is `auto` and it is free. */
  refresh(): void {
    if (this.#closed) return;
    const before = this.readOnly;
    const outdated = this.#claim() || this.#stamps.outdated;
    if (outdated) this.#reread();
    if (outdated || this.readOnly !== before) this.#rereads++;
  }

  /** @throws CodedError `codebook-read-only` unless it can be changed now. */
  requireWritable(): void {
    this.#requireJournal();
  }

  /**
   * Records a new edit and applies it; when this returns, it is on the disk.
   *
   * @throws CodedError `bad-argument` when the vectors are not what this codebook needs; `codebook-read-only`; `storage-failed`.
   */
  append(edit: NewEdit, vectors: EditVectors): { readonly record: EditRecord; readonly outcome: EditOutcome } {
    const journal = this.#requireJournal();
    // The caller may use its buffers again.
    const own = { keys: vectors.keys.map((key) => key.slice()), value: vectors.value.slice() };
    const draft = { ...edit, op: 'edit', edit: this.nextEdit, at: now(), vectors: '' } as const;
    this.#check(draft, own);
    const record = { ...draft, vectors: writeVectors(this.#vectorsFolder, own, this.manifest.dOut) };
    syncFolder(this.#vectorsFolder);
    journal.append(record);
    this.#written([record]);
    this.stored.vectors.set(record.edit, own);
    return { record, outcome: this.#codebook.apply(toCodebookEdit({ record, radius: record.radius }, own)) };
  }

  /** Takes an edit out for the time being. Errors as for {@link switch}. */
  disable(edit: number): void {
    this.switch('disable', [edit]);
  }

  /** Puts a disabled edit back in its old place. Errors as for {@link switch}. */
  enable(edit: number): void {
    this.switch('enable', [edit]);
  }

  /** Takes an edit out for good: the codebook is what it would be had the edit never been made. Errors as for {@link switch}. */
  revert(edit: number): void {
    this.switch('revert', [edit]);
  }

  /**
   * Disables, enables or reverts edits, all or none.
   *
   * @throws CodedError `edit-unknown`; `bad-argument` when an edit is in that state already, or reverted; `vector-damaged`
   * when it cannot be enabled; `codebook-read-only`; `storage-failed`.
   */
  switch(op: EditSwitch['op'], edits: readonly number[]): void {
    const journal = this.#requireJournal();
    const records = [...new Set(edits)].map((edit) => ({ op, edit, at: now() }));
    for (const record of records) this.stored.history.check(record);
    if (op === 'enable') {
      const enabled = records.map(({ edit }) => [edit, this.#read(edit)] as const);
      // The file is sound; vectors that are in memory already keep their identity, by which their neighbours are known.
      for (const [edit, vectors] of enabled) if (!this.vectorsOf(edit)) this.stored.vectors.set(edit, vectors);
    }
    if (records.length === 1) journal.append(records[0]!);
    else journal.appendTogether(records);
    this.#written(records);
    this.#codebook = this.stored.refold(this.#codebook, edits, routerNamed(this.manifest.router));
    if (op === 'revert') for (const { edit } of records) this.stored.vectors.delete(edit);
  }

  /** Records what people say of an edit; fields that are absent stay. Errors as for {@link switch}. */
  annotate(edit: number, { title, note, tags }: Annotation): void {
    const journal = this.#requireJournal();
    const record = { op: 'annotate', edit, at: now(), title, note, tags } as const;
    this.stored.history.check(record);
    journal.append(record);
    this.#written([record]);
  }

  /** Gives an edit another e_init: the codebook is what it would be had it been made with it. Errors as for {@link switch}. */
  setRadius(edit: number, radius: number): void {
    const journal = this.#requireJournal();
    const record = { op: 'radius', edit, at: now(), radius } as const;
    checkRadius(radius);
    this.stored.history.check(record);
    journal.append(record);
    this.#written([record]);
    this.#codebook = this.stored.refold(this.#codebook, [edit], routerNamed(this.manifest.router));
  }

  /**
   * Appends records of another codebook, already numbered for this one, all or none; `vectors` has those of each edit that
   * has any. Errors as for {@link append}.
   */
  adopt({ history, vectors }: StoredEdits): void {
    const journal = this.#requireJournal();
    for (const { record } of history.edits.values()) {
      const own = vectors.get(record.edit);
      if (own) this.#check(record, own);
    }
    const names = new Map(
      [...vectors].map(([edit, own]) => [edit, writeVectors(this.#vectorsFolder, own, this.manifest.dOut)]),
    );
    syncFolder(this.#vectorsFolder);
    const records = history.records.map((record) =>
      record.op === 'edit' ? { ...record, vectors: names.get(record.edit) ?? record.vectors } : record,
    );
    journal.appendTogether(records);
    this.#written(records);
    for (const [edit, own] of vectors) this.stored.vectors.set(edit, own);
    this.#codebook = this.#fold();
  }

  close(): void {
    this.#stopWriting();
    this.#lock?.release();
    this.#closed = true;
  }

  /** Closes it; if this object made it and no edit came of it, it goes again. */
  closeUnused(): void {
    const unused = this.#isNew && this.#journal !== null && this.stored.history.records.length === 0;
    this.close();
    if (unused) removeLayout(this.path);
  }

  #fold(): FoldedCodebook {
    return this.stored.fold(this.manifest.dIn, routerNamed(this.manifest.router));
  }

  get #vectorsFolder(): string {
    return path.join(this.path, VECTORS_FOLDER);
  }

  /** Takes the lock if it is wanted and free, also when the one we have was removed; true when it is another one now. */
  #claim(): boolean {
    if (this.#mode === 'read' || this.#lock?.inPlace) return false;
    this.#lock?.release();
    const lock = acquire(this.path);
    [this.#lock, this.#noLock] = lock instanceof CodedError ? [null, lock] : [lock, null];
    if (!this.#lock) this.#stopWriting();
    return this.#lock !== null;
  }

  #reread(): void {
    this.#stopWriting();
    this.#stamps = new FileStamps();
    try {
      const content = readContent(this.path, this.#stamps, this.#content);
      checkIdentity(content.manifest, this.manifest);
      this.#content = content;
      this.#codebook = this.#fold();
      this.#fault = null;
      this.#startWriting();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.#fault = error;
    }
  }

  #startWriting(): void {
    if (!this.#lock) return;
    mendLayout(this.path);
    this.#journal = new JournalWriter(path.join(this.path, JOURNAL_FILE), this.#content.journal);
  }

  #stopWriting(): void {
    this.#journal?.close();
    this.#journal = null;
  }

  /** Takes up records that have been appended. */
  #written(records: readonly JournalRecord[]): void {
    for (const record of records) {
      const notice = this.stored.history.replay(record);
      if (notice) this.#content.notices.push(notice);
    }
    // Otherwise somebody else has written as well, and the next refresh reads it.
    if (this.#journal?.inPlace) this.#stamps.take(path.join(this.path, JOURNAL_FILE));
  }

  #read(edit: number): EditVectors {
    return readVectorsOf(this.#vectorsFolder, this.stored.history.edits.get(edit)!.record, this.manifest);
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
    checkEdit(toCodebookEdit({ record, radius: record.radius }, vectors), this.manifest.dIn);
  }

  #requireJournal(): JournalWriter {
    this.refresh();
    if (this.#journal) return this.#journal;
    throw new CodedError(
      'codebook-read-only',
      this.readOnly!,
      this.#fault?.advice ?? (this.#noLock ? '' : 'Open it for writing.'),
      { folder: this.path },
    );
  }
}

const now = (): string => new Date().toISOString();

/** The right to write, or why there is none. */
function acquire(folder: string): WriterLock | CodedError {
  try {
    return WriterLock.acquire(folder);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}

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
