import type { BatchLineError } from './batch-result.ts';

/** So many of so many; of none where it was not measured. */
export interface Share {
  readonly held: number;
  readonly of: number;
}

/** What edits do at a hook point with a radius. */
export interface TuningCell {
  /** Module whose output is replaced; its input is the key. */
  readonly hook: string;
  readonly radius: number;
  /** The radius as a multiple of the one that is measured for the hook point. */
  readonly multiple: number;
  /** ES: edits whose own prompt gives the target. */
  readonly success: Share;
  /** Rewordings, not used in editing, that give the target in a codebook of all the edits; of none where the edits have none. */
  readonly generality: Share;
  /** Unrelated prompts that are farther than the radius from every edit's key, so that their answers are what they were. */
  readonly locality: Share;
}

/** How learning went at a hook point. */
export interface TuningHook {
  readonly hook: string;
  readonly measuredRadius: number;
  /** Edits that reached their target. */
  readonly reached: Share;
  /** Steps of an edit, on average. */
  readonly steps: number;
  /** Seconds of an edit, on average. */
  readonly seconds: number;
}

/** Which setting to edit a model with. `grace tune --json` prints this. */
export interface Tuning {
  readonly model: { readonly name: string; readonly architecture: string; readonly fingerprint: string };
  /** In the order of the forward pass. */
  readonly hooks: readonly TuningHook[];
  readonly multiples: readonly number[];
  /** Hook by hook, each with the multiples in order. */
  readonly cells: readonly TuningCell[];
  readonly proposed: TuningCell;
  /** What is used when nobody chooses; null where its hook point was not measured. */
  readonly usual: TuningCell | null;
  readonly edits: number;
  readonly seconds: number;
  /** Lines of the file of edits that could not be read, and so were not tried. */
  readonly errors: readonly BatchLineError[];
}

export interface TuningProgress {
  readonly done: number;
  readonly of: number;
}
