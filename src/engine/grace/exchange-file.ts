import { z } from 'zod';
import { CodedError } from '../../protocol/coded-error.ts';
import type { EditRecord, JournalRecord } from '../../protocol/edit.ts';
import { parseJsonObject } from '../weights/json-file.ts';
import { decodeSafetensors, type ArrayTensor, type ArrayTensors } from '../weights/safetensors-bytes.ts';
import type { Entry, FoldedCodebook } from './codebook.ts';
import { journalRecord } from './journal-record.ts';
import { manifestSchema, type CodebookManifest } from './manifest.ts';
import { routerNamed } from './router-names.ts';
import { StoredEdits } from './stored-edits.ts';
import type { TwoPartRow } from './two-part/two-part-codebook.ts';
import { mostRows, readValue, readVector, valueTensor, type EditVectors } from './vectors.ts';

/** What an exchange file carries. */
export interface ExchangedCodebook {
  readonly manifest: CodebookManifest;
  readonly edits: StoredEdits;
}

const FORMAT = 'grace-codebook';
const VERSION = '1';

const metadataSchema = z.object({
  format: z.literal(FORMAT),
  version: z.string(),
  codebook: z.string(),
  journal: z.string(),
});

/**
 * A codebook as safetensors, which Python reads without this program:
 *
 * - `keys` (n, d_in), F32, and `radii` (n), F64: the codebook of the live edits, row by row;
 * - `values` (m, d_out), F32: their values one after the other; a value has as many rows as `entries` says, one unless it is a
 *   track;
 * - `edit.ID.key.K` (d_in) and `edit.ID.value` (rows, d_out): what each edit stores itself, disabled ones too, so that edits can
 *   be taken back on the other side;
 * - metadata, JSON each: `codebook`, what it was made for; `journal`, `{records: [...]}` with the edits and later words on
 *   them; `entries`, for each entry its edit (whose value it holds), the rows of that value,
 *   label, and members (pairs of edit and key); with the two-part router also its prompt, its entity's words, and stems of others.
 */
export function encodeExchange({ manifest, edits }: ExchangedCodebook, codebook: FoldedCodebook): ArrayTensors {
  const { entries } = codebook;
  const own = [...edits.vectors].flatMap(([edit, { keys, value }]) => [
    ...keys.map((key, at) => [keyName(edit, at), vector(key)] as const),
    [valueName(edit), valueTensor(value, manifest.dOut)] as const,
  ]);
  const tensors = new Map<string, ArrayTensor>([
    [
      'keys',
      matrix(
        entries.map(({ key }) => key),
        manifest.dIn,
      ),
    ],
    [
      'values',
      matrix(
        entries.map(({ value }) => value),
        manifest.dOut,
      ),
    ],
    ['radii', { shape: [entries.length], data: Float64Array.from(entries, ({ radius }) => radius) }],
    ...own,
  ]);
  const metadata = {
    ...{ format: FORMAT, version: VERSION },
    codebook: JSON.stringify(manifest),
    journal: JSON.stringify({ records: edits.history.records }),
    entries: JSON.stringify({ entries: entries.map((entry) => describeEntry(entry, manifest.dOut)) }),
  };
  return { tensors, metadata };
}

/**
 * Reads what {@link encodeExchange} describes, and checks that the edits give the codebook that the file says they give.
 *
 * @throws CodedError `bad-input-file`; `codebook-mismatch` for another version.
 */
export function decodeExchange(bytes: Uint8Array): ExchangedCodebook {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const head = checked(metadataSchema, metadata, 'metadata');
  if (head.version !== VERSION) {
    const message = `The file is in exchange version ${head.version}, and this program reads version ${VERSION}.`;
    throw new CodedError('codebook-mismatch', message, 'Use the program that wrote it, or update this one.');
  }
  const manifest = checked(manifestSchema, parseText(head.codebook, 'codebook'), 'codebook');
  const { records } = checked(
    z.object({ records: z.array(journalRecord) }),
    parseText(head.journal, 'journal'),
    'journal',
  );
  const edits = replay(records);
  for (const { record, state } of edits.history.edits.values()) {
    const vectors = state === 'reverted' ? null : vectorsOf(record, tensors, manifest);
    if (vectors) edits.vectors.set(record.edit, vectors);
  }
  checkRadii(edits.fold(manifest.dIn, routerNamed(manifest.router)), tensors.get('radii'));
  return { manifest, edits };
}

function replay(records: readonly JournalRecord[]): StoredEdits {
  const edits = new StoredEdits();
  for (const record of records) {
    const notice = edits.history.replay(record);
    if (notice) throw unsound(`its journal makes no sense: ${notice.message.replace(/\.$/, '')}`);
  }
  return edits;
}

/** Null when the file has none: they were damaged where it was written. */
function vectorsOf(
  { edit, rephrasings, label }: EditRecord,
  tensors: ArrayTensors['tensors'],
  { dIn, dOut }: CodebookManifest,
): EditVectors | null {
  if (!tensors.has(valueName(edit))) return null;
  try {
    const keys = Array.from({ length: rephrasings.length + 1 }, (_, at) => readVector(tensors, keyName(edit, at), dIn));
    return { keys, value: readValue(tensors, valueName(edit), { dOut, rows: mostRows(label) }) };
  } catch (error) {
    throw unsound(error instanceof Error ? error.message : String(error));
  }
}

function checkRadii({ entries }: FoldedCodebook, radii: ArrayTensor | undefined): void {
  if (radii?.data.length === entries.length && entries.every(({ radius }, at) => radius === radii.data[at])) return;
  throw unsound('its radii are not those that its edits give');
}

function parseText(text: string, subject: string): unknown {
  try {
    return parseJsonObject(Buffer.from(text), subject);
  } catch (error) {
    if (error instanceof CodedError) throw unsound(error.message.replace(/\.$/, ''));
    throw error;
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, subject: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  throw unsound(`its ${subject} is not that of a codebook (${[...path, message].join(': ')})`);
}

const unsound = (reason: string): CodedError =>
  new CodedError('bad-input-file', `This is no sound export of a codebook: ${reason}.`, 'Export the codebook again.');

const keyName = (edit: number, at: number): string => `edit.${edit}.key.${at}`;
const valueName = (edit: number): string => `edit.${edit}.value`;
const vector = (data: Float32Array): ArrayTensor => ({ shape: [data.length], data });

/** Vectors and tracks one below the other. (rows, dim) */
function matrix(parts: readonly Float32Array[], dim: number): ArrayTensor {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { shape: [data.length / dim, dim], data };
}

const describeEntry = (entry: Entry, dOut: number): object => ({
  ...{ edit: entry.valueFrom, rows: entry.value.length / dOut, label: entry.label },
  members: entry.members.map(({ edit, key }) => [edit, key]),
  ...(isTwoPart(entry)
    ? { prompt: JSON.parse(entry.prompt) as unknown, entity: entry.words.entity, stems: entry.words.stems }
    : {}),
});

const isTwoPart = (entry: Entry): entry is TwoPartRow => 'words' in entry;
