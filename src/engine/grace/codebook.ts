import { CodedError } from '../../protocol/coded-error.ts';
import { NO_DECISION, type Decision, type NearEntry } from '../../protocol/decision.ts';
import type { EditAction, EditOutcome, EditStep, MovedEdit } from '../../protocol/edit.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { checkVector, KeyMatrix, type Neighbour } from './distance.ts';
import { PastQueries, type Member, type PastQuery } from './past-queries.ts';

/** An edit as the codebook takes it: its own prompt's key first, then those of its rephrasings; one value for all. */
export interface CodebookEdit {
  readonly edit: number;
  /** Each (d_in). */
  readonly keys: readonly Float32Array[];
  /** (rows, d_out); one row is the paper's value, more are a track. */
  readonly value: Float32Array;
  readonly label: readonly number[];
  /** e_init of this edit. */
  readonly radius: number;
  /** What the keys were made of, for routers that look at it. */
  readonly asked?: AskedEdit | undefined;
}

/** What an edit was made with: the prompt of each key, who it is about, and prompts that must not fire it. */
export interface AskedEdit {
  readonly prompts: readonly Prompt[];
  readonly subject?: string | undefined;
  readonly negatives: readonly Prompt[];
}

/**
 * A codebook as everybody but its router sees it. It is folded from the edits alone; which entry fires for a prompt is what its
 * router says.
 */
export interface FoldedCodebook {
  readonly dIn: number;
  readonly entries: readonly Entry[];
  /** The keys of all edits so far, in order, with the entry that is nearest to each. */
  readonly pastQueries: readonly PastQuery[];
  /** The entry that a past query fires now, or null. */
  firedBy(query: PastQuery): number | null;
  /** Applies one edit after the others, its keys in order; `bad-argument` when it is not what it must be. */
  apply(edit: CodebookEdit): EditOutcome;
  /** What {@link apply} would do, with the codebook left as it is. */
  preview(edit: CodebookEdit): EditOutcome;
  /** What applying these edits one after the other would do, with the codebook left as it is. */
  previewAll(edits: readonly CodebookEdit[]): readonly EditOutcome[];
}

/** A row of the codebook: the paper's key k, value v, radius e and label y. */
export interface Entry {
  /** (d_in) */
  readonly key: Float32Array;
  /** (rows, d_out); one row is the paper's value, more are a track. */
  readonly value: Float32Array;
  readonly radius: number;
  readonly label: readonly number[];
  /** The keys of edits that were applied to this entry, in order; the first one created it. */
  readonly members: readonly Member[];
  /** The last edit that trained or replaced the value. */
  readonly valueFrom: number;
}

/** What a split takes off the old radius, so that a query half way between the two keys fires at most one of them. */
const SPLIT_MARGIN = 1e-5;

/**
 * GRACE's codebook as a pure fold over edits: the same edits in the same order make the same codebook, whatever was folded
 * before. Keys, values and labels are kept by reference and never written to.
 *
 * @see Hartvigsen et al., "Aging with GRACE", NeurIPS 2023, section 3. Beyond the paper: labels are equal iff their token
 * sequences are, a split never enlarges a radius nor makes it negative, and the same key with another label is an update.
 */
export class Codebook implements FoldedCodebook {
  readonly dIn: number;
  #entries: Entry[] = [];
  /** The entries' keys, row by row. */
  #keys: KeyMatrix;
  #past: PastQueries;
  /** No radius of an entry, and no e_init of an edit, has ever been larger. */
  #largestRadius = 0;

  constructor(dIn: number) {
    this.dIn = dIn;
    this.#keys = new KeyMatrix(dIn);
    this.#past = new PastQueries(dIn);
  }

  /**
   * The codebook of these edits; radii, members and labels are those of applying them one by one.
   *
   * @param clearance how near to a key the keys before it come at most; what is known of it saves searching
   */
  static fold(
    dIn: number,
    edits: Iterable<CodebookEdit>,
    clearance: (key: Float32Array) => number = () => 0,
  ): Codebook {
    const codebook = new Codebook(dIn);
    for (const edit of edits) {
      checkEdit(edit, dIn);
      edit.keys.forEach((key, at) => {
        // What is farther away than this cannot decide anything, so the search need not find it.
        const reach = edit.radius + codebook.#largestRadius;
        codebook.#applyKey(edit, at, clearance(key) > reach ? null : codebook.#keys.nearest(key, reach));
      });
    }
    return codebook;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get pastQueries(): readonly PastQuery[] {
    return this.#past.all;
  }

  get largestRadius(): number {
    return this.#largestRadius;
  }

  firedBy(query: PastQuery): number | null {
    return query.distance <= this.#entries[query.nearest]!.radius ? query.nearest : null;
  }

  /** The nearest entry to `query` (d_in), the first of equals, whether it fires or not. Errors as for {@link decide}. */
  nearest(query: Float32Array): NearEntry | null {
    checkVector(query, this.dIn, 'query');
    const neighbour = this.#keys.nearest(query);
    return neighbour && this.#near(neighbour);
  }

  /**
   * Which entry fires for `query` (d_in): the nearest one, if its distance is at most its radius.
   *
   * @throws CodedError `bad-argument` when the query has another length, or is not finite.
   */
  decide(query: Float32Array): Decision {
    checkVector(query, this.dIn, 'query');
    const [first, second] = this.#keys.nearestTwo(query).map((neighbour) => this.#near(neighbour));
    if (!first) return NO_DECISION;
    if (first.distance > first.radius) return { ...NO_DECISION, nearest: first };
    return { fired: true, ...first, nearest: second ?? null };
  }

  /**
   * Applies one edit after the others, its keys in order.
   *
   * @throws CodedError `bad-argument` when it has no key, or a key, the value or the radius is not what it must be; the
   * codebook is unchanged then.
   */
  apply(edit: CodebookEdit): EditOutcome {
    checkEdit(edit, this.dIn);
    const firedBefore = this.#past.all.map((query) => this.firedBy(query));
    const steps = edit.keys.map((key, at) => this.#applyKey(edit, at, this.#keys.nearest(key)));
    return { steps, ...this.#moved(firedBefore, steps) };
  }

  preview(edit: CodebookEdit): EditOutcome {
    return this.previewAll([edit])[0]!;
  }

  previewAll(edits: readonly CodebookEdit[]): readonly EditOutcome[] {
    const copy = this.#copy();
    return edits.map((edit) => copy.apply(edit));
  }

  /**
   * Puts `part`, folded by itself, in the place of all that some edits have left here. The result is the fold of both together
   * if no key of those edits, as they were and as they are, is within two {@link largestRadius} of any other edit's: then
   * nothing here has ever met any of them.
   *
   * @param isOut whether it is one of those edits
   * @param placeOf where an edit stands in the order in which edits are folded
   * @param keyOf the vector of a member of the result
   */
  exchange(
    part: Codebook,
    isOut: (edit: number) => boolean,
    placeOf: (edit: number) => number,
    keyOf: (member: Member) => Float32Array,
  ): void {
    const inOrder = (a: Member, b: Member): number => placeOf(a.edit) - placeOf(b.edit) || a.key - b.key;
    const rowsOf = (of: Codebook) => of.#entries.map((entry, row) => ({ entry, row, of }));
    const rows = [...rowsOf(this).filter(({ entry }) => !isOut(entry.members[0]!.edit)), ...rowsOf(part)];
    rows.sort((a, b) => inOrder(a.entry.members[0]!, b.entry.members[0]!));
    const newRows = new Map([this, part].map((codebook) => [codebook, new Int32Array(codebook.#entries.length)]));
    rows.forEach(({ row, of }, at) => {
      newRows.get(of)![row] = at;
    });
    const queriesOf = (codebook: Codebook): PastQuery[] =>
      codebook.pastQueries.map((query) => renumbered(query, newRows.get(codebook)!));
    const queries = [...queriesOf(this).filter(({ edit }) => !isOut(edit)), ...queriesOf(part)].sort(inOrder);

    const firstMoved = rows.findIndex(({ of, row }, at) => of !== this || row !== at);
    const kept = firstMoved < 0 ? rows.length : firstMoved;
    this.#entries = rows.map(({ entry }) => entry);
    this.#keys.truncate(kept);
    for (const { key } of this.#entries.slice(kept)) this.#keys.append(key);
    this.#past = new PastQueries(this.dIn);
    for (const query of queries) this.#past.record(query, keyOf(query));
    this.#largestRadius = Math.max(this.#largestRadius, part.#largestRadius);
  }

  #copy(): Codebook {
    const copy = new Codebook(this.dIn);
    copy.#entries = [...this.#entries];
    copy.#keys = this.#keys.copy();
    copy.#past = this.#past.copy();
    copy.#largestRadius = this.#largestRadius;
    return copy;
  }

  #near({ row, distance }: Neighbour): NearEntry {
    const { valueFrom, radius } = this.#entries[row]!;
    return { entry: row, edit: valueFrom, distance, radius };
  }

  /** Applies one key; `neighbour` is the nearest entry, or null where none is near enough to decide anything. */
  #applyKey(edit: CodebookEdit, at: number, neighbour: Neighbour | null): EditStep {
    const key = edit.keys[at]!;
    const member = { edit: edit.edit, key: at };
    this.#largestRadius = Math.max(this.#largestRadius, edit.radius);
    const nearest = neighbour?.row ?? null;
    const action = this.#chooseAction(edit, neighbour);
    const entry = action === 'add' || action === 'split' ? this.#entries.length : neighbour!.row;
    const distance = neighbour?.distance ?? null;
    if (action === 'add') this.#append(edit, key, member, edit.radius);
    else if (action === 'split') this.#split(edit, key, member, neighbour!);
    else this.#join(edit, member, neighbour!);
    const joined = entry === nearest ? distance! : 0;
    this.#past.record({ ...member, memberOf: entry, nearest: entry, distance: joined }, key);
    return { action, entry, nearest, distance };
  }

  #chooseAction({ radius, label }: CodebookEdit, neighbour: Neighbour | null): EditAction {
    if (!neighbour) return 'add';
    const entry = this.#entries[neighbour.row]!;
    if (neighbour.distance > radius + entry.radius) return 'add';
    if (sameLabel(label, entry.label)) return neighbour.distance > entry.radius ? 'expand' : 'reuse';
    return neighbour.distance === 0 ? 'update' : 'split';
  }

  #append({ value, label }: CodebookEdit, key: Float32Array, member: Member, radius: number): void {
    this.#past.compareWith(this.#entries.length, key);
    this.#keys.append(key);
    this.#entries.push({ key, value, radius, label, members: [member], valueFrom: member.edit });
  }

  #split(edit: CodebookEdit, key: Float32Array, member: Member, { row, distance }: Neighbour): void {
    const old = this.#entries[row]!;
    this.#entries[row] = { ...old, radius: Math.max(0, Math.min(old.radius, distance / 2 - SPLIT_MARGIN)) };
    this.#append(edit, key, member, Math.min(edit.radius, distance / 2));
  }

  /** Expand, reuse and update: no new key; what the edit does not change is equal already. */
  #join({ edit, value, label }: CodebookEdit, member: Member, { row, distance }: Neighbour): void {
    const old = this.#entries[row]!;
    const radius = Math.max(old.radius, distance);
    this.#entries[row] = { ...old, radius, value, label, members: [...old.members, member], valueFrom: edit };
    this.#largestRadius = Math.max(this.#largestRadius, radius);
  }

  /** Earlier queries that an edit has moved, or whose answer it has changed; `firedBefore` has what each one fired. */
  #moved(firedBefore: readonly (number | null)[], steps: readonly EditStep[]): Omit<EditOutcome, 'steps'> {
    const split = new Set(steps.filter(({ action }) => action === 'split').map(({ nearest }) => nearest));
    const updated = new Set(steps.filter(({ action }) => action === 'update').map(({ entry }) => entry));
    const [orphans, displaced, relabelled]: MovedEdit[][] = [[], [], []];
    firedBefore.forEach((fired, index) => {
      const query = this.#past.all[index]!;
      const firesNow = this.firedBy(query);
      const moved = { edit: query.edit, key: query.key, fired, firesNow };
      const isOrphan = split.has(fired) && query.memberOf === fired;
      if (firesNow !== fired) (isOrphan ? orphans : displaced)!.push(moved);
      if (updated.has(query.memberOf) && firesNow === query.memberOf) relabelled!.push(moved);
    });
    return { orphans: orphans!, displaced: displaced!, relabelled: relabelled! };
  }
}

/** A query whose entries have other rows now. */
function renumbered(query: PastQuery, newRows: Int32Array): PastQuery {
  const [memberOf, nearest] = [newRows[query.memberOf]!, newRows[query.nearest]!];
  return memberOf === query.memberOf && nearest === query.nearest ? query : { ...query, memberOf, nearest };
}

export function sameLabel(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((token, at) => token === b[at]);
}

export function checkEdit({ keys, value, radius }: CodebookEdit, dIn: number): void {
  if (keys.length === 0) throw new CodedError('bad-argument', 'An edit needs at least one key.');
  for (const key of keys) checkVector(key, dIn, 'key');
  checkVector(value, value.length, 'value');
  checkRadius(radius);
}

/** @throws CodedError `bad-argument` unless it is a finite number from 0 on. */
export function checkRadius(radius: number): void {
  if (radius >= 0 && radius < Infinity) return;
  throw new CodedError('bad-argument', `The radius must be a number from 0 on, and is ${radius}.`, '', { radius });
}
