/**
 * How a prompt and a key of the two-part router agree. Both parts must: who it is about (words), and what is asked (states of the
 * model).
 */
export interface KeyMatch {
  /** Words of the key's entity that the prompt has, and those that it lacks. */
  readonly found: readonly string[];
  readonly missing: readonly string[];
  /** How much of the entity's information (inverse document frequency) was found, 0 to 1. */
  readonly coverage: number;
  /** How much of the prompt's own name the entity makes up, 0 to 1: a longer name is somebody else's. */
  readonly run: number;
  /** Relation score, at most 1.2, and the score from which this key fires. */
  readonly score: number;
  readonly threshold: number;
  /** Whether the prompt is the key's own, word for word: then it fires whatever the scores are. */
  readonly own: boolean;
}

/** An entry of the codebook as a decision names it. */
export interface NearEntry {
  /** Row of the codebook, from 0. */
  readonly entry: number;
  /** The edit whose value the row holds. */
  readonly edit: number;
  /**
   * Distance of the query to the row's key, in the router's own measure; the row fires up to its radius. For the two-part router
   * that is 1.2 less the score, and 1.2 less the threshold, once who it is about agrees.
   */
  readonly distance: number;
  readonly radius: number;
  /** Of the two-part router alone. */
  readonly match?: KeyMatch | undefined;
}

/** Which entry fires for a prompt, made once at prefill and kept for the whole sequence. */
export interface Decision {
  readonly fired: boolean;
  /** The entry that fired, null if none did. */
  readonly entry: number | null;
  readonly edit: number | null;
  readonly distance: number | null;
  readonly radius: number | null;
  /** How the entry that fired and the prompt agree; of the two-part router alone. */
  readonly match?: KeyMatch | undefined;
  /** The runner-up if an entry fired, otherwise the nearest entry that did not; null when there is none. */
  readonly nearest: NearEntry | null;
}

export const NO_DECISION: Decision = {
  fired: false,
  entry: null,
  edit: null,
  distance: null,
  radius: null,
  nearest: null,
};
