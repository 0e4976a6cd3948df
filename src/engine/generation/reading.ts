import type { Replacement } from './sequence.ts';
import type { Prefill } from './steering.ts';

/** A prompt that the part below the edited module has seen. */
export interface Reading {
  readonly prefill: Prefill;
  /**
   * The part above, with what was decided put in; once. (1, classes), (masks, vocabulary), or (1, vocabulary) for the first token of
   * an answer.
   */
  finish(replacement: Replacement | null): Promise<Float32Array>;
  /** Frees what it holds on the device; it cannot go on. */
  dispose(): void;
}

/** A prompt that is answered token by token. */
export interface TextReading extends Reading {
  /** What the answer follows: the prompt, or the token that stands before every answer. */
  readonly before: readonly number[];
  /** Runs tokens that follow; logits of `rows` of them, (R, vocabulary). */
  next(ids: readonly number[], rows: readonly number[], replacement: Replacement | null): Promise<Float32Array>;
  /** The same logits, of the last token alone, from the beginning and without a cache: the oracle for it. (vocabulary) */
  anew(ids: readonly number[], replacement: Replacement | null): Promise<Float32Array>;
}
