import type { EditAction } from '../../protocol/edit.ts';
import type { Decision } from '../../protocol/decision.ts';
import type { MethodName } from '../../protocol/evaluation.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Steering } from '../generation/steering.ts';
import type { Network } from '../models/family.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import type { ExperimentSettings } from './experiment.ts';
import type { Item } from './material.ts';

/** What every method works with. */
export interface Workbench {
  readonly network: Network;
  readonly tokenizer: TextTokenizer;
  readonly endIds: ReadonlySet<number>;
  readonly settings: ExperimentSettings;
  readonly seed: number;
}

/** How a model is asked for something with the edits made so far. */
export interface Asking {
  readonly model: HookedModel;
  readonly steering: Steering;
  readonly prompt: Prompt;
}

/** What an edit was like. */
export interface EditTrace {
  readonly steps: number;
  readonly edit?: number | undefined;
  readonly action?: EditAction | undefined;
  readonly decision?: Decision | undefined;
}

/** A way to edit a model again and again. */
export interface Method {
  readonly name: MethodName;
  /** Keys or memory slots; null where there are none. */
  readonly keys: number | null;
  /** Whether its edits may spoil the model until it computes no numbers: such an answer counts as wrong, and is no error. */
  readonly mayBreak: boolean;
  /** Whether all that it does is put values in at the edited module, decided by the prompt; then answers are kept. */
  readonly onlyPutsIn: boolean;
  /** Makes the edit that comes after those of `history`; {@link CodedError} `cancelled` leaves everything as it was. */
  edit(item: Item, history: readonly Item[], signal: AbortSignal): Promise<EditTrace>;
  /** @param history the edits made so far */
  ask(item: Item, history: readonly Item[]): Asking;
  /** How many edits of the stream an earlier run has left behind, in `folder`; they are in force now. */
  resume(folder: string): Promise<number>;
  /** The trace of an edit that is in force already, as far as it is known. */
  recall?(edits: number): Promise<EditTrace>;
  /** Keeps what `resume` needs. */
  save(folder: string, edits: number): void;
  dispose(): Promise<void>;
}
