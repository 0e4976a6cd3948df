/** A prompt as a model reads it. */
export interface Tokens {
  readonly ids: readonly number[];
  /** Which of two texts each token is of; all of the first where absent. */
  readonly typeIds?: readonly number[] | undefined;
  /** False for padding; absent where there is none. */
  readonly attended?: readonly boolean[] | undefined;
  /** Positions whose tokens a masked model is asked for. */
  readonly masks?: readonly number[] | undefined;
}
