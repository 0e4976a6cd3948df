/** An entry of the codebook as a decision names it. */
export interface NearEntry {
  /** Row of the codebook, from 0. */
  readonly entry: number;
  /** The edit whose value the row holds. */
  readonly edit: number;
  /** Distance of the query to the row's key, in the router's own measure. */
  readonly distance: number;
  readonly radius: number;
}

/** Which entry fires for a prompt, made once at prefill and kept for the whole sequence. */
export interface Decision {
  readonly fired: boolean;
  /** The entry that fired, null if none did. */
  readonly entry: number | null;
  readonly edit: number | null;
  readonly distance: number | null;
  readonly radius: number | null;
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
