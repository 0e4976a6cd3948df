import type { Decision } from './decision.ts';

/** A class and how likely it is. */
export interface ClassProbability {
  /** Number of the class, from 0. */
  readonly id: number;
  /** Its name in config.json. */
  readonly label: string;
  /** Natural logarithm of its probability. */
  readonly logprob: number;
}

/** Which class a model finds a text to be of. `grace generate --json` prints this for a classifier. */
export interface Classification {
  /** The name of the most likely class. */
  readonly label: string;
  /** All of them, the most likely first. */
  readonly classes: readonly ClassProbability[];
  readonly decision: Decision;
}

/** The classes of an edit's own text just before it and with it, the most likely first. */
export interface ClassChange {
  readonly before: readonly ClassProbability[];
  readonly after: readonly ClassProbability[];
}
