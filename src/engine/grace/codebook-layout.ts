import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { accessing, replaceFileDurably, TEMPORARY } from './durable-file.ts';

/** What lies in a codebook's folder beside codebook.json. */
export const JOURNAL_FILE = 'edits.jsonl';
export const VECTORS_FOLDER = 'vectors';
export const LOCK_FILE = '.lock';

/**
 * Makes everything but codebook.json, which makes a folder a codebook and so comes last. What an interrupted creation left is
 * completed.
 *
 * @throws CodedError `bad-argument` when the file system refuses.
 */
export function createLayout(folder: string): void {
  accessing(folder, () => mkdirSync(path.join(folder, VECTORS_FOLDER), { recursive: true }));
  replaceFileDurably(path.join(folder, '.gitignore'), [Buffer.from(`${LOCK_FILE}\n*${TEMPORARY}\n`)]);
  replaceFileDurably(path.join(folder, JOURNAL_FILE), []);
}

/** Version control keeps no empty folders; and files whose writing was interrupted are of no use. */
export function mendLayout(folder: string): void {
  const vectors = path.join(folder, VECTORS_FOLDER);
  accessing(folder, () => {
    mkdirSync(vectors, { recursive: true });
    for (const place of [folder, vectors]) {
      const unfinished = readdirSync(place).filter((name) => /\.\d+\.tmp$/.test(name));
      for (const name of unfinished) rmSync(path.join(place, name), { force: true });
    }
  });
}

/** @throws CodedError `codebook-damaged` when a codebook's folder has no journal. */
export function findJournal(folder: string): string {
  const file = path.join(folder, JOURNAL_FILE);
  if (existsSync(file)) return file;
  throw new CodedError(
    'codebook-damaged',
    `${file} is missing.`,
    'Bring it back from a copy or from version control; if the codebook never had an edit, an empty file will do.',
    { file },
  );
}
