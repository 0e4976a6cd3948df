import type { Decision } from './decision.ts';
import type { Prompt } from './prompt.ts';

/** One prompt answered three ways. `grace compare --json` prints this. */
export interface Comparison {
  readonly decision: Decision;
  /** The model as it is. */
  readonly unedited: string;
  /** With the codebook. */
  readonly edited: string;
  /** The model as it is, with the fact of the edit that fires put before the prompt; null where none fires. */
  readonly inContext: { readonly prompt: Prompt; readonly answer: string } | null;
}
