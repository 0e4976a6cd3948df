import type { KeyMatch } from './decision.ts';
import type { Prompt } from './prompt.ts';

/** An earlier edit that is about the same, with how its own prompt and the new edit's key agree. */
export interface MetEdit {
  readonly edit: number;
  /** Whether the prompt would fire the new edit if its own edit were not there: then its rewordings may do so. */
  readonly fires: boolean;
  readonly match: KeyMatch;
}

/** What an edit of the two-part router would fire on, before it is made. */
export interface EditReach {
  /** Who the prompt is taken to be about: the words that a prompt must have. */
  readonly entity: readonly string[];
  /** Whether that is a guess without much to go by: the prompt has no name and no number. */
  readonly isGuess: boolean;
  /** The score from which it would fire. */
  readonly threshold: number;
  /** Shipped questions that have nothing to do with it, and how many of them it would fire on. */
  readonly unrelated: { readonly fires: number; readonly of: number };
  /** Prompts that must not fire it, each with how it agrees with the key that is nearest to it. */
  readonly negatives: readonly { readonly prompt: Prompt; readonly match: KeyMatch | null }[];
  /** Earlier edits about the same whose prompts score most, three at most. */
  readonly edits: readonly MetEdit[];
  /** The edit that its own prompt would fire now, and how they agree; null where none is about the same. */
  readonly nearest: { readonly edit: number; readonly match: KeyMatch } | null;
}
