import type { KeyMatch } from './decision.ts';
import type { Prompt } from './prompt.ts';

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
  /** The edit that its own prompt would fire now, and how they agree; null where none is about the same. */
  readonly nearest: { readonly edit: number; readonly match: KeyMatch } | null;
}
