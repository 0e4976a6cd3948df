import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { accessing, replaceFileDurably, TEMPORARY } from './durable-file.ts';

/** What lies in a codebook's folder; the manifest makes it one. */
export const MANIFEST_FILE = 'codebook.json';
export const JOURNAL_FILE = 'edits.jsonl';
export const VECTORS_FOLDER = 'vectors';
export const LOCK_FILE = '.lock';

const IGNORED = `${LOCK_FILE}\n*${TEMPORARY}\n`;
const OUR_FILES = new Set([MANIFEST_FILE, JOURNAL_FILE, VECTORS_FOLDER]);

/** Makes a folder and those above it. Node's own way to do that never ends where the system lets nobody make one, as in /proc. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  accessing(folder, () => {
    mkdirSync(folder);
  });
}

/**
 * @throws CodedError `bad-argument` when a folder that is to become a codebook has files of something else, such as a project's;
 * hidden ones may be there.
 */
export function refuseOtherFiles(folder: string): void {
  const ours = (name: string): boolean =>
    name.startsWith('.') || name.endsWith(TEMPORARY) || OUR_FILES.has(name); // prettier-ignore
  const other = accessing(folder, () => readdirSync(folder)).find((name) => !ours(name));
  if (other === undefined) return;
  throw new CodedError(
    'bad-argument',
    `${folder} is no codebook and holds other files, such as ${other}.`,
    'Give the folder of a codebook, or one that is empty or not there yet.',
    { folder, other },
  );
}

/**
 * Makes everything but codebook.json, which makes a folder a codebook and so comes last. What an interrupted creation left is
 * completed.
 *
 * @throws CodedError `storage-failed` when the file system refuses.
 */
export function createLayout(folder: string): void {
  accessing(folder, () => mkdirSync(path.join(folder, VECTORS_FOLDER), { recursive: true }));
  const ignored = path.join(folder, '.gitignore');
  if (!existsSync(ignored)) replaceFileDurably(ignored, [Buffer.from(IGNORED)]);
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

/** Takes an empty codebook away: what {@link createLayout} made, and the folder if nothing else is in it. */
export function removeLayout(folder: string): void {
  for (const name of [MANIFEST_FILE, JOURNAL_FILE, LOCK_FILE, '.gitignore'])
    if (name !== '.gitignore' || isOurs(path.join(folder, name))) rmSync(path.join(folder, name), { force: true });
  for (const empty of [path.join(folder, VECTORS_FOLDER), folder])
    if (existsSync(empty) && readdirSync(empty).length === 0) rmdirSync(empty);
}

const isOurs = (gitignore: string): boolean => existsSync(gitignore) && readFileSync(gitignore, 'utf8') === IGNORED;

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
