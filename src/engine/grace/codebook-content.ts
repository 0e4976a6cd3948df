import { existsSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import type { CodebookNotice, EditRecord } from '../../protocol/edit.ts';
import { findJournal, JOURNAL_FILE, MANIFEST_FILE, VECTORS_FOLDER } from './codebook-layout.ts';
import type { FileStamps } from './file-stamps.ts';
import { readJournal, type Journal } from './journal-lines.ts';
import { readManifest, type CodebookManifest } from './manifest.ts';
import { StoredEdits } from './stored-edits.ts';
import { mostRows, readVectors, type EditVectors } from './vectors.ts';

/** What the files of a codebook hold. */
export interface CodebookContent {
  readonly manifest: CodebookManifest;
  readonly edits: StoredEdits;
  readonly notices: CodebookNotice[];
  readonly journal: Journal;
}

/**
 * Reads the files of a codebook.
 *
 * @param stamps gets those of the files whose change would change the content
 * @param before vectors that were read already are taken from here: a vector file is named by its content
 * @throws CodedError `bad-argument` when the folder holds no codebook, `codebook-damaged`, `codebook-mismatch` for another
 * format version
 */
export function readContent(folder: string, stamps: FileStamps, before?: CodebookContent): CodebookContent {
  stamps.take(path.join(folder, MANIFEST_FILE));
  stamps.take(path.join(folder, JOURNAL_FILE));
  const manifest = readManifest(folder);
  const journal = readJournal(findJournal(folder));
  const edits = new StoredEdits();
  const notices = [...journal.notices];
  for (const { line, record } of journal.lines) {
    const notice = edits.history.replay(record, line);
    if (notice) notices.push(notice);
  }
  const known =
    before && before.manifest.dOut === manifest.dOut ? vectorsByName(before.edits) : new Map<string, never>();
  const vectors = path.join(folder, VECTORS_FOLDER);
  for (const { record, state } of edits.history.edits.values()) {
    if (state === 'reverted') continue;
    try {
      edits.vectors.set(record.edit, loadVectors(vectors, record, manifest, known, stamps));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const message = `Edit ${record.edit} is left out. ${error.message}`;
      notices.push({ kind: 'vector-damaged', message, line: null, edit: record.edit });
    }
  }
  return { manifest, edits, notices, journal };
}

/** Reads the vectors of an edit from the codebook's folder of vectors; `vector-damaged` as {@link readVectors}. */
export function readVectorsOf(
  folder: string,
  { vectors, rephrasings, label }: EditRecord,
  { dIn, dOut }: Pick<CodebookManifest, 'dIn' | 'dOut'>,
): EditVectors {
  return readVectors(folder, vectors, { keys: rephrasings.length + 1, dIn, dOut, rows: mostRows(label) });
}

function loadVectors(
  folder: string,
  record: EditRecord,
  manifest: CodebookManifest,
  known: ReadonlyMap<string, EditVectors>,
  stamps: FileStamps,
): EditVectors {
  const own = known.get(record.vectors);
  const file = path.join(folder, record.vectors);
  if (own?.keys.length === record.rephrasings.length + 1 && existsSync(file)) return own;
  try {
    return readVectorsOf(folder, record, manifest);
  } catch {
    // Version control writes the journal first and this file a moment later: then the edit is whole.
    stamps.take(file);
    return readVectorsOf(folder, record, manifest);
  }
}

function vectorsByName({ history, vectors }: StoredEdits): ReadonlyMap<string, EditVectors> {
  return new Map([...vectors].map(([edit, own]) => [history.edits.get(edit)!.record.vectors, own]));
}
