import { readFileSync, statSync } from 'node:fs';
import { CodedError } from '../../protocol/coded-error.ts';
import { encodeSafetensors } from '../weights/safetensors-bytes.ts';
import type { FoldedCodebook } from './codebook.ts';
import { CodebookFolder } from './codebook-folder.ts';
import { accessing, replaceFileDurably } from './durable-file.ts';
import { decodeExchange, encodeExchange, type ExchangedCodebook } from './exchange-file.ts';
import { checkIdentity } from './manifest.ts';
import { routerNamed } from './router-names.ts';

/** What Node reads at once, and so the most that is written. */
const MAX_BYTES = 2 ** 31 - 1;

/** What is exported: a codebook, or some of its edits and the codebook that they alone make. */
export interface CodebookPart extends ExchangedCodebook {
  readonly codebook: FoldedCodebook;
}

/**
 * A codebook, or these of its edits with all that was said of them.
 *
 * @throws CodedError `edit-unknown`
 */
export function partOf({ manifest, stored, codebook }: CodebookFolder, edits?: readonly number[]): CodebookPart {
  if (!edits) return { manifest, edits: stored, codebook };
  const unknown = edits.find((edit) => !stored.history.edits.has(edit));
  if (unknown !== undefined)
    throw new CodedError('edit-unknown', `There is no edit ${unknown}.`, 'List the edits to see their numbers.', { edit: unknown }); // prettier-ignore
  const selected = stored.select(new Set(edits));
  return { manifest, edits: selected, codebook: selected.fold(manifest.dIn, routerNamed(manifest.router)) };
}

/**
 * Writes a codebook to one safetensors file; its layout is that of {@link encodeExchange}.
 *
 * @throws CodedError `bad-argument` when it would take 2 GiB or more; `storage-failed`.
 */
export function exportCodebook({ manifest, edits, codebook }: CodebookPart, file: string): void {
  const pieces = [...encodeSafetensors(encodeExchange({ manifest, edits }, codebook))];
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (bytes > MAX_BYTES) throw tooLarge('bad-argument', `The export would take ${bytes} bytes`);
  replaceFileDurably(file, pieces);
}

/**
 * Makes a codebook of an export: the same edits with the same numbers and states, and so the same decisions.
 *
 * @throws CodedError `bad-input-file` and `codebook-mismatch` as {@link decodeExchange}, before anything is written; and as
 * {@link CodebookFolder.create}.
 */
export function createFromExport(file: string, folder: string): CodebookFolder {
  const exchanged = readExport(file);
  const created = CodebookFolder.create(folder, exchanged.manifest);
  try {
    adopt(created, exchanged);
  } catch (error) {
    created.close();
    throw error;
  }
  return created;
}

/**
 * Appends the edits of an export to a codebook that was made for the same, with new numbers if it has edits already: all of
 * them, or none when it is interrupted.
 *
 * @throws CodedError `codebook-mismatch` when it was made for something else; otherwise as {@link createFromExport} and
 * {@link CodebookFolder.append}.
 */
export function importInto(folder: CodebookFolder, file: string): void {
  const exchanged = readExport(file);
  checkIdentity(exchanged.manifest, folder.manifest);
  adopt(folder, exchanged);
}

function adopt(folder: CodebookFolder, { edits }: ExchangedCodebook): void {
  const numbers = [...edits.history.edits.keys()];
  const first = folder.nextEdit;
  const renumbered = new Map(numbers.map((edit, at) => [edit, first === 1 ? edit : first + at]));
  folder.adopt(edits.select(new Set(numbers), (edit) => renumbered.get(edit)!));
}

/** Errors as {@link createFromExport}. */
export function readExport(file: string): ExchangedCodebook {
  const bytes = accessing(file, () => {
    const stats = statSync(file);
    if (!stats.isFile()) throw new CodedError('bad-input-file', `${file} is not a file.`, 'Give an exported codebook.');
    if (stats.size > MAX_BYTES) throw tooLarge('bad-input-file', `${file} has ${stats.size} bytes`);
    return readFileSync(file);
  });
  return decodeExchange(bytes);
}

const tooLarge = (code: 'bad-argument' | 'bad-input-file', fact: string): CodedError =>
  new CodedError(code, `${fact}, and exports have up to ${MAX_BYTES}.`, 'Share the folder of the codebook instead.');
