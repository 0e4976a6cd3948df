import { readFileSync, statSync } from 'node:fs';
import { CodedError } from '../../protocol/coded-error.ts';
import { encodeSafetensors } from '../weights/safetensors-bytes.ts';
import { CodebookFolder } from './codebook-folder.ts';
import { accessing, replaceFileDurably } from './durable-file.ts';
import { decodeExchange, encodeExchange, type ExchangedCodebook } from './exchange-file.ts';
import { checkIdentity } from './manifest.ts';

/** What Node reads at once, and so the most that is written. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Writes a codebook to one safetensors file; its layout is that of {@link encodeExchange}.
 *
 * @throws CodedError `bad-argument` when it would take 2 GiB or more, or the file system refuses.
 */
export function exportCodebook({ manifest, stored, codebook }: CodebookFolder, file: string): void {
  const pieces = [...encodeSafetensors(encodeExchange({ manifest, edits: stored }, codebook))];
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
  const shift = folder.nextEdit - 1;
  const records = edits.history.records.map((record) => ({ ...record, edit: record.edit + shift }));
  folder.adopt(records, new Map([...edits.vectors].map(([edit, vectors]) => [edit + shift, vectors])));
}

function readExport(file: string): ExchangedCodebook {
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
