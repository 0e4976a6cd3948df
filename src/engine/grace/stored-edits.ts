import type { ListedEdit } from '../../protocol/edit.ts';
import { Codebook, type CodebookEdit, type FoldedCodebook } from './codebook.ts';
import { EditHistory } from './edit-history.ts';
import { KeyClearance } from './key-clearance.ts';
import type { RouterName } from './router-names.ts';
import { TwoPartCodebook } from './two-part/two-part-codebook.ts';
import type { EditVectors } from './vectors.ts';

/** The edits of a codebook: their history, and the vectors of those that were not reverted and can be read. */
export class StoredEdits {
  readonly history = new EditHistory();
  /** By the edit's number. */
  readonly vectors = new Map<number, EditVectors>();
  #clearance: KeyClearance | undefined;

  /** Every edit there ever was, in order of creation. */
  list(): readonly ListedEdit[] {
    return [...this.history.edits.values()].map((past) => ({
      ...past,
      state: past.state !== 'reverted' && !this.vectors.has(past.record.edit) ? 'damaged' : past.state,
    }));
  }

  /** The codebook of the live edits, in order of creation; length of keys and router are the same in every fold. */
  fold(dIn: number, router: RouterName = 'grace'): FoldedCodebook {
    const placed = [...this.history.edits.values()].flatMap((edit) => {
      const vectors = this.vectors.get(edit.record.edit);
      return vectors ? [{ state: edit.state, ...toCodebookEdit(edit, vectors) }] : [];
    });
    if (router === 'two-part') return TwoPartCodebook.fold(dIn, placed.filter(({ state }) => state === 'live')); // prettier-ignore
    const clearance = (this.#clearance ??= new KeyClearance(dIn));
    clearance.update(placed);
    const live = placed.filter(({ state }) => state === 'live');
    return Codebook.fold(dIn, live, (key) => clearance.of(key));
  }

  /** These edits alone, with the numbers that `renumber` gives them, and all that was said of them. */
  select(edits: ReadonlySet<number>, renumber: (edit: number) => number = (edit) => edit): StoredEdits {
    const selected = new StoredEdits();
    for (const record of this.history.records)
      if (edits.has(record.edit)) selected.history.replay({ ...record, edit: renumber(record.edit) });
    for (const [edit, vectors] of this.vectors) if (edits.has(edit)) selected.vectors.set(renumber(edit), vectors);
    return selected;
  }
}

/** An edit as the codebook takes it, with the radius in force. */
export const toCodebookEdit = (
  {
    record: { edit, label, prompt, rephrasings, subject, negatives = [] },
    radius,
  }: Pick<ListedEdit, 'record' | 'radius'>,
  { keys, value }: EditVectors,
): CodebookEdit => ({
  ...{ edit, label, radius, keys, value },
  asked: { prompts: [prompt, ...rephrasings], subject, negatives },
});
