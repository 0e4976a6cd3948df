import * as vscode from 'vscode';

import type { CodebookHead, CodebookSnapshot, EditItem } from '../../protocol/codebook-snapshot.ts';
import type { Session } from '../session.ts';

/** An edit before and after a change; undefined where it is not shown. */
export interface EditChange {
  readonly edit: number;
  readonly before: EditItem | undefined;
  readonly after: EditItem | undefined;
}

/** 'all': another codebook, or so much that it is not worth telling. */
export type ShownChange = 'all' | readonly EditChange[];

const WORTH_TELLING = 500;

/**
 * The edits as the explorer shows them: the codebook's, but at once as the person has asked for them, while the engine is
 * still at it; and without those whose revert can still be undone.
 */
export class ShownEdits implements vscode.Disposable {
  readonly #session: Session;
  readonly #subscription: vscode.Disposable;
  readonly #changed = new vscode.EventEmitter<ShownChange>();
  /** What the person has asked each edit to be. */
  readonly #expected = new Map<number, { readonly enabled: boolean }>();
  readonly #hidden = new Set<number>();
  #snapshot: CodebookSnapshot | null;
  #items: ReadonlyMap<number, EditItem>;

  constructor(session: Session) {
    this.#session = session;
    this.#snapshot = session.codebook;
    this.#items = byEdit(this.#snapshot);
    this.#subscription = session.onDidChange(() => { this.#refresh(); }); // prettier-ignore
  }

  readonly onDidChange = this.#changed.event;

  get head(): CodebookHead | null {
    return this.#snapshot?.head ?? null;
  }

  /** In order of creation. */
  get items(): readonly EditItem[] {
    return [...this.#items.keys()].map((edit) => this.get(edit)).filter((item) => item !== undefined);
  }

  get(edit: number): EditItem | undefined {
    const item = this.#items.get(edit);
    if (!item || this.#hidden.has(edit)) return undefined;
    const expected = this.#expected.get(edit);
    return !expected || expected.enabled === isEnabled(item)
      ? item
      : { ...item, state: expected.enabled ? 'live' : 'disabled' };
  }

  /** Shows edits as if they were enabled, or disabled, until the returned function is called. */
  expect(edits: readonly number[], enabled: boolean): () => void {
    const expectation = { enabled };
    this.#during(edits, () => {
      for (const edit of edits) this.#expected.set(edit, expectation);
    });
    return () => {
      // A later expectation stays.
      const own = edits.filter((edit) => this.#expected.get(edit) === expectation);
      this.#during(own, () => {
        for (const edit of own) this.#expected.delete(edit);
      });
    };
  }

  hide(edits: readonly number[]): void {
    this.#during(edits, () => {
      for (const edit of edits) this.#hidden.add(edit);
    });
  }

  unhide(edits: readonly number[]): void {
    this.#during(edits, () => {
      for (const edit of edits) this.#hidden.delete(edit);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  #during(edits: readonly number[], change: () => void): void {
    const before = edits.map((edit) => this.get(edit));
    change();
    this.#changed.fire(edits.map((edit, at) => ({ edit, before: before[at], after: this.get(edit) })));
  }

  /** The session tells of other things too; a snapshot is never changed, only replaced. */
  #refresh(): void {
    const [before, after] = [this.#snapshot, this.#session.codebook];
    if (before === after) return;
    const itemsBefore = this.#items;
    this.#snapshot = after;
    this.#items = byEdit(after);
    if (before?.head.folder !== after?.head.folder) {
      this.#expected.clear();
      this.#hidden.clear();
      this.#changed.fire('all');
      return;
    }
    const changed = differences(itemsBefore, this.#items).filter(({ edit }) => !this.#hidden.has(edit));
    this.#changed.fire(changed.length > WORTH_TELLING ? 'all' : changed.map((change) => ({ ...change, after: this.get(change.edit) }))); // prettier-ignore
  }
}

/** Whether an edit's box is ticked. */
export const isEnabled = ({ state }: EditItem): boolean => state === 'live' || state === 'orphaned';

const byEdit = (snapshot: CodebookSnapshot | null): ReadonlyMap<number, EditItem> =>
  new Map(snapshot?.items.map((item) => [item.edit, item]));

/** A change brings new objects for what it changes, and keeps the others. */
function differences(
  before: ReadonlyMap<number, EditItem>,
  after: ReadonlyMap<number, EditItem>,
): readonly EditChange[] {
  const removed = [...before.values()].filter(({ edit }) => !after.has(edit));
  const changed = [...after.values()].filter((item) => before.get(item.edit) !== item);
  return [...removed, ...changed].map(({ edit }) => ({ edit, before: before.get(edit), after: after.get(edit) }));
}
