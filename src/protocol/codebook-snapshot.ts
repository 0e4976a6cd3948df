import type { CodebookSummary } from './edit-result.ts';
import type { EditState } from './edit.ts';

/** orphaned: live, but its own prompt does not fire its own value any more. */
export type ItemState = EditState | 'orphaned';

/** An edit as a list shows it; prompt and target are cut to 200 characters, and white space in them is made single spaces. */
export interface EditItem {
  readonly edit: number;
  readonly state: ItemState;
  /** What a person calls it; empty when nobody has. */
  readonly title: string;
  readonly prompt: string;
  readonly target: string;
  readonly tags: readonly string[];
  readonly annotated: boolean;
  /** e_init as it is in force. */
  readonly radius: number;
  /** Its own prompt's and those of its rephrasings. */
  readonly keys: number;
  /** Who or what it is about, where that was said; empty otherwise. */
  readonly subject: string;
  /** Prompts that must not fire it. */
  readonly negatives: number;
  /** Rows of its value: 1 for one vector, more for a track. */
  readonly rows: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Whether greedy generation gave the target when it was made. */
  readonly success: boolean;
  /**
   * The entry that its own prompt fires now, named by the key that made it: the edit's number, followed by `.1` and so on for the
   * key of a rephrasing. Rows are counted anew when an edit is taken out; this stays. Null when none fires, or the edit is not live.
   */
  readonly entry: string | null;
}

/** What a codebook is, without its edits. */
export interface CodebookHead extends CodebookSummary {
  /** Its whole path. */
  readonly folder: string;
  /** Counts up with every change; one that is missing means that the whole snapshot must be asked for. */
  readonly revision: number;
  /** Why it cannot be changed here, in one sentence; null when it can. */
  readonly readOnly: string | null;
}

/** A codebook in full, as the host keeps it. */
export interface CodebookSnapshot {
  readonly head: CodebookHead;
  /** Every edit there ever was but the reverted ones, in order of creation. */
  readonly items: readonly EditItem[];
}

/** What a change did to a snapshot. */
export interface CodebookChange {
  readonly head: CodebookHead;
  /** Items that are new or other than before. */
  readonly changed: readonly EditItem[];
  /** Edits that are not listed any more. */
  readonly removed: readonly number[];
}

/** The snapshot after a change; null when a change between the two is missing. */
export function applyCodebookChange(snapshot: CodebookSnapshot, change: CodebookChange): CodebookSnapshot | null {
  if (change.head.revision !== snapshot.head.revision + 1) return null;
  const removed = new Set(change.removed);
  const items = new Map(snapshot.items.filter(({ edit }) => !removed.has(edit)).map((item) => [item.edit, item]));
  for (const item of change.changed) items.set(item.edit, item);
  return { head: change.head, items: [...items.values()].sort((a, b) => a.edit - b.edit) };
}
