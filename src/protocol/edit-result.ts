import type { Decision } from './decision.ts';
import type { EditAction, EditRecord, EditState, MovedEdit } from './edit.ts';
import type { Prompt } from './prompt.ts';

/**
 * A prompt whose answer an edit was to leave as it is. The prompt is decided anew after the edit; where the same value is put in
 * as before, or none as before, the answer is the same by construction and is not generated again.
 */
export interface ProbeResult {
  readonly prompt: Prompt;
  readonly before: string;
  readonly after: string;
  readonly unchanged: boolean;
}

/** What an edit did. `grace edit --json` prints this. */
export interface EditResult {
  readonly edit: number;
  readonly action: EditAction;
  /** Whether real greedy generation now gives the target for every prompt of the edit. */
  readonly success: boolean;
  /** Greedy output for the prompt before and after. */
  readonly before: string;
  readonly after: string;
  readonly steps: number;
  /** Rows of the learned value: 1 for one vector, more for a track with a vector for each token of the target. */
  readonly rows: number;
  /** Loss before each step, and at the end. */
  readonly loss: readonly number[];
  readonly learningRate: number;
  /** e_init of the edit. */
  readonly radius: number;
  /** The decision for the edit's own prompt, afterwards. */
  readonly decision: Decision;
  /** Earlier edits that lost their entry to a split. */
  readonly orphans: readonly MovedEdit[];
  /** Other earlier prompts that fire another entry now. */
  readonly displaced: readonly MovedEdit[];
  /** Earlier prompts that now get this edit's answer. */
  readonly relabelled: readonly MovedEdit[];
  readonly probes: readonly ProbeResult[];
  readonly seconds: number;
}

/** One line of `grace edits`. */
export interface EditSummary {
  readonly edit: number;
  readonly state: EditState;
  readonly prompt: Prompt;
  readonly target: string;
  readonly keys: number;
  readonly at: string;
  readonly success: boolean;
  readonly title: string;
  readonly tags: readonly string[];
}

/** An edit in full. `grace show --json` prints this. */
export interface EditDetails extends EditRecord {
  readonly state: EditState;
  /** What people have said of it; empty where nobody has. */
  readonly title: string;
  readonly note: string;
  readonly tags: readonly string[];
  /** e_init as it is in force. */
  readonly radius: number;
  /** e_init that it was made with. */
  readonly firstRadius: number;
  /** Entries of the codebook that are this edit's now. */
  readonly entries: readonly { readonly entry: number; readonly radius: number; readonly members: readonly number[] }[];
}

/** A codebook at a glance. */
export interface CodebookSummary {
  readonly model: { readonly name: string; readonly architecture: string; readonly fingerprint: string };
  readonly hook: { readonly replace: string; readonly key: string };
  readonly router: string;
  readonly radius: number;
  readonly edits: number;
  readonly live: number;
  readonly entries: number;
  /** What opening it had to leave out, in plain sentences. */
  readonly notices: readonly string[];
}
