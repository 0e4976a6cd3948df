import type { EditRecord, EditState } from '../../protocol/edit.ts';
import type { FoldedCodebook } from './codebook.ts';
import { replaceFileDurably } from './durable-file.ts';
import type { CodebookPart } from './exchange.ts';
import type { CodebookManifest } from './manifest.ts';

/**
 * A codebook for people and scripts to read; it cannot be imported, because vectors are given by the names of their files
 * only. Numbers are exact: JSON keeps every float64.
 */
export interface ReadableCodebook {
  readonly format: 'grace-codebook-readable';
  readonly version: 1;
  readonly codebook: CodebookManifest;
  /** Rows of the codebook, in order. */
  readonly entries: readonly ReadableEntry[];
  /** Every edit there ever was, in order of creation. */
  readonly edits: readonly ReadableEdit[];
}

export interface ReadableEntry {
  readonly entry: number;
  /** The edit whose value the row holds. */
  readonly edit: number;
  readonly radius: number;
  readonly label: readonly number[];
  /** The text that the label spells: the target of that edit. */
  readonly target: string;
  /** The prompts that were applied to the row; key 0 is an edit's own prompt, 1... its rephrasings. */
  readonly members: readonly { readonly edit: number; readonly key: number }[];
}

export interface ReadableEdit extends EditRecord {
  readonly state: EditState;
  /** What people have said of it; empty where nobody has. */
  readonly title: string;
  readonly note: string;
  readonly tags: readonly string[];
  /** e_init as it is in force. */
  readonly radius: number;
  /** For each key of a live edit: the entry nearest to it, the distance, and the entry it fires, or null. */
  readonly keys: readonly { readonly nearest: number; readonly distance: number; readonly fires: number | null }[];
}

/**
 * Writes a codebook as readable JSON.
 *
 * @throws CodedError `storage-failed` when the file system refuses.
 */
export function exportReadable(part: CodebookPart, file: string): void {
  replaceFileDurably(file, [Buffer.from(`${JSON.stringify(readableCodebook(part), null, 2)}\n`)]);
}

export function readableCodebook({ manifest, codebook, edits: stored }: CodebookPart): ReadableCodebook {
  const edits = stored.list();
  const targets = new Map(edits.map(({ record }) => [record.edit, record.target]));
  const keys = keysByEdit(codebook);
  return {
    format: 'grace-codebook-readable',
    version: 1,
    codebook: manifest,
    entries: codebook.entries.map(({ valueFrom, radius, label, members }, entry) => ({
      ...{ entry, edit: valueFrom, radius, label },
      ...{ target: targets.get(valueFrom)!, members },
    })),
    edits: edits.map(({ record, ...rest }) => ({ ...record, ...rest, keys: keys.get(record.edit) ?? [] })),
  };
}

function keysByEdit(codebook: FoldedCodebook): ReadonlyMap<number, ReadableEdit['keys']> {
  const keys = new Map<number, ReadableEdit['keys'][number][]>();
  for (const query of codebook.pastQueries) {
    const { edit, nearest, distance } = query;
    keys.set(edit, [...(keys.get(edit) ?? []), { nearest, distance, fires: codebook.firedBy(query) }]);
  }
  return keys;
}
