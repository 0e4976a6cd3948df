import { statSync } from 'node:fs';
import type { EditOutcome, EditRecord } from '../../protocol/edit.ts';
import type { MergeConflict } from '../../protocol/engine-api.ts';
import type { FoldedCodebook } from './codebook.ts';
import { CodebookFolder } from './codebook-folder.ts';
import { readExport } from './exchange.ts';
import type { ExchangedCodebook } from './exchange-file.ts';
import { checkIdentity } from './manifest.ts';
import { toCodebookEdit, type StoredEdits } from './stored-edits.ts';

/** What taking another codebook in means for this one. */
export interface Merge {
  /** The edits that are not here yet, numbered for this codebook, with all that was said of them. */
  readonly taken: StoredEdits;
  /** Edits of the other codebook that are here already: same prompt, target and vectors; taken back ones count as here. */
  readonly same: number;
  readonly conflicts: readonly MergeConflict[];
}

/**
 * Plans a merge; `folder.adopt(merge.taken)` makes it. Edits that were reverted there, or whose vectors are damaged, are left
 * out.
 *
 * @param from a codebook's folder, or a file that `export` wrote
 * @throws CodedError `codebook-mismatch` when it was made for something else; otherwise as {@link CodebookFolder.open} and
 * {@link readExport}
 */
export function planMerge(folder: CodebookFolder, from: string): Merge {
  const { manifest, edits } = readOther(from);
  checkIdentity(manifest, folder.manifest);
  const here = new Set(folder.edits.map(({ record }) => contentOf(record)));
  const numbers = new Map<number, number>();
  let same = 0;
  for (const { record, state } of edits.list()) {
    if (state === 'reverted' || state === 'damaged') continue;
    if (here.has(contentOf(record))) same++;
    else numbers.set(record.edit, folder.nextEdit + numbers.size);
    here.add(contentOf(record));
  }
  const taken = edits.select(new Set(numbers.keys()), (edit) => numbers.get(edit)!);
  const origin = new Map([...numbers].map(([theirs, ours]) => [ours, theirs]));
  return { taken, same, conflicts: findConflicts(folder.codebook, taken, (edit) => origin.get(edit)!) };
}

function readOther(from: string): ExchangedCodebook {
  if (!statSync(from, { throwIfNoEntry: false })?.isDirectory()) return readExport(from);
  const { manifest, stored } = CodebookFolder.open(from, 'read');
  return { manifest, edits: stored };
}

const contentOf = ({ prompt, target, vectors }: EditRecord): string => JSON.stringify([prompt, target, vectors]);

function findConflicts(
  codebook: FoldedCodebook,
  { history, vectors }: StoredEdits,
  origin: (edit: number) => number,
): readonly MergeConflict[] {
  const live = [...history.edits.values()].filter(({ state }) => state === 'live');
  const outcomes = codebook.previewAll(live.map((edit) => toCodebookEdit(edit, vectors.get(edit.record.edit)!)));
  return live.flatMap(({ record: { edit, prompt, target } }, at) => {
    const outcome = outcomes[at]!;
    // Entries behind those that are here were made by edits that are taken in as well.
    const met = outcome.steps.find(({ action, nearest }) => disagrees(action) && nearest! < codebook.entries.length);
    if (!met) return [];
    const owner = codebook.entries[met.nearest!]!.valueFrom;
    const others = movedBy(outcome).filter((moved) => !history.edits.has(moved));
    const conflict = { edit: origin(edit), prompt, target, action: met.action };
    return [{ ...conflict, with: [...new Set([owner, ...others])].sort((a, b) => a - b) }];
  });
}

const disagrees = (action: MergeConflict['action']): boolean => action === 'split' || action === 'update';

const movedBy = ({ orphans, displaced, relabelled }: EditOutcome): readonly number[] =>
  [...orphans, ...displaced, ...relabelled].map(({ edit }) => edit);
