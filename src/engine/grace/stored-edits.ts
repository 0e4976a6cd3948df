import type { ListedEdit } from '../../protocol/edit.ts';
import { Codebook, type CodebookEdit, type FoldedCodebook } from './codebook.ts';
import { EditHistory, type PastEdit } from './edit-history.ts';
import { KeyClearance } from './key-clearance.ts';
import type { RouterName } from './router-names.ts';
import { TwoPartCodebook } from './two-part/two-part-codebook.ts';
import type { EditVectors } from './vectors.ts';

/** Where more edits than this have to do with each other, all are folded: looking for their neighbours takes as long. */
const MOST_REACHED = 32;

/** An edit as the codebook takes it, and its state. */
interface PlacedEdit extends CodebookEdit {
  readonly state: PastEdit['state'];
}

/** The edits of a codebook: their history, and the vectors of those that were not reverted and can be read. */
export class StoredEdits {
  readonly history = new EditHistory();
  /** By the edit's number. */
  readonly vectors = new Map<number, EditVectors>();
  #clearance: KeyClearance | undefined;

  /** Every edit there ever was, in order of creation. */
  list(): readonly ListedEdit[] {
    return Array.from(this.history.edits.values(), (past) =>
      past.state !== 'reverted' && !this.vectors.has(past.record.edit) ? { ...past, state: 'damaged' } : past,
    );
  }

  /** The codebook of the live edits, in order of creation; length of keys and router are the same in every fold. */
  fold(dIn: number, router: RouterName = 'grace'): FoldedCodebook {
    const placed = this.#placed();
    if (router === 'two-part') return TwoPartCodebook.fold(dIn, placed.filter(isLive));
    const clearance = this.#clear(dIn, placed);
    return Codebook.fold(dIn, placed.filter(isLive), (key) => clearance.of(key));
  }

  /**
   * The same as {@link fold}, made of the fold before these edits were switched or given another radius; vectors of those that
   * were reverted since must still be there. What stands apart from them is taken over, so that `before` is not to be used again.
   */
  refold(before: FoldedCodebook, changed: readonly number[], router: RouterName = 'grace'): FoldedCodebook {
    if (!(before instanceof Codebook)) return this.fold(before.dIn, router);
    const placed = this.#placed();
    const clearance = this.#clear(before.dIn, placed);
    const largest = placed.reduce((most, { radius }) => Math.max(most, radius), before.largestRadius);
    const byEdit = new Map(placed.map((edit) => [edit.edit, edit]));
    const places = new Map(placed.map(({ edit }, place) => [edit, place]));
    const affected = reached(changed, MOST_REACHED, (edit) => {
      const near = (byEdit.get(edit)?.keys ?? []).map((key) => clearance.editsWithin(key, 2 * largest));
      return near.flatMap((edits) => [...edits].filter((other) => byEdit.get(other)?.state === 'live'));
    });
    const part = affected && Codebook.fold(before.dIn, placed.filter((edit) => isLive(edit) && affected.has(edit.edit))); // prettier-ignore
    if (!part || part.largestRadius > largest) return this.fold(before.dIn, router);
    before.exchange(
      part,
      (edit) => affected.has(edit),
      (edit) => places.get(edit)!,
      ({ edit, key }) => byEdit.get(edit)!.keys[key]!,
    );
    return before;
  }

  /** The edits whose vectors are there, in order of creation. */
  #placed(): readonly PlacedEdit[] {
    const placed: PlacedEdit[] = [];
    for (const edit of this.history.edits.values()) {
      const vectors = this.vectors.get(edit.record.edit);
      if (vectors) placed.push({ ...toCodebookEdit(edit, vectors), state: edit.state });
    }
    return placed;
  }

  /** How near the keys of these edits, which are all there are, come to each other. */
  #clear(dIn: number, placed: readonly PlacedEdit[]): KeyClearance {
    const clearance = (this.#clearance ??= new KeyClearance(dIn));
    clearance.update(placed);
    return clearance;
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

const isLive = ({ state }: PlacedEdit): boolean => state === 'live';

/** These edits and whatever can be reached from them; null when that is more than `most`. */
function reached(
  from: readonly number[],
  most: number,
  neighbours: (edit: number) => readonly number[],
): ReadonlySet<number> | null {
  const found = new Set(from);
  for (const edit of found) {
    if (found.size > most) return null;
    for (const neighbour of neighbours(edit)) found.add(neighbour);
  }
  return found;
}
