import type { Prompt } from './prompt.ts';

/** A prompt about an edit's subject that asks something else than the edit. */
export interface SuggestedNegative {
  readonly prompt: Prompt;
  /** Relation score against the edit's key; with one that is as high as the edit's threshold, the edit would fire on it. */
  readonly score: number;
}

/** What a person may want to say of an edit before it is made. */
export interface EditSuggestions {
  /** Who or what it is about: as the person has it, or a guess; empty where the prompt has no name and no number. */
  readonly subject: string;
  /** Other questions about the subject, the likeliest to fire it first; none without a subject, or with GRACE's own router. */
  readonly negatives: readonly SuggestedNegative[];
}
