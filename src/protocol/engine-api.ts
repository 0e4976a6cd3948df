import type { Decision } from './decision.ts';
import type { ListedEdit, ReplacementPolicy } from './edit.ts';
import type { EditResult } from './edit-result.ts';
import type { Generation, Sampling } from './generation.ts';
import type { Prompt } from './prompt.ts';

/** What the engine process offers to whoever started it. One model is open at a time. */
export interface EngineApi {
  /** Opens a model, and a codebook for it; what was open before is closed. */
  open(params: OpenParams): OpenModel;
  /** Progress: `{text}` for each piece of text. Cancelling ends it within one token, with what was said. */
  generate(params: GenerateParams): Generation;
  decide(params: { readonly prompt: Prompt }): Decision;
  /** Progress: `{step, loss}`. Cancelling leaves the codebook as it was. */
  edit(params: EditParams): EditResult;
  switch(params: { readonly op: 'disable' | 'enable' | 'revert'; readonly edit: number }): readonly ListedEdit[];
  edits(params: null): readonly ListedEdit[];
  /** Frees the model and releases the codebook. */
  close(params: null): null;
}

export interface OpenParams {
  readonly model: string;
  readonly device: string;
  readonly codebook?: string | undefined;
  /** Module whose output is edited; the codebook's own, or the default, when absent. */
  readonly hook?: string | undefined;
}

export interface OpenModel {
  readonly name: string;
  readonly architecture: string;
  readonly device: string;
  readonly hook: string;
  /** Measured for the codebook's hook point; null without a codebook. */
  readonly radius: number | null;
  readonly edits: readonly ListedEdit[];
  readonly notices: readonly string[];
}

export interface GenerateParams {
  readonly prompt: Prompt;
  readonly maxTokens: number;
  readonly sampling: Sampling;
  readonly stop: readonly string[];
  /** False: the model as it is, without the codebook. */
  readonly edits: boolean;
}

export interface EditParams {
  readonly prompt: Prompt;
  readonly target: string;
  readonly rephrasings: readonly Prompt[];
  readonly probes: readonly Prompt[];
  /** Whether the answer ends with the target. */
  readonly ends: boolean;
  /** Measured when absent. */
  readonly radius?: number | undefined;
  readonly replace?: ReplacementPolicy | undefined;
  readonly steps?: number | undefined;
  /** Chosen from the module's output when absent. */
  readonly learningRate?: number | undefined;
}
