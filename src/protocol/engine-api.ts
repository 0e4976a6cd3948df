import type { BatchResult } from './batch-result.ts';
import type { CalibrationResult } from './calibration.ts';
import type { ClassChange, Classification } from './classification.ts';
import type { ExportResult, ImportResult } from './codebook-result.ts';
import type { CodebookChange, CodebookSnapshot } from './codebook-snapshot.ts';
import type { CudaOffer, CudaState } from './cuda.ts';
import type { Decision } from './decision.ts';
import type { EditOutcome, EditAction, ReplacementPolicy } from './edit.ts';
import type { EditReach } from './edit-reach.ts';
import type { EditDetails, EditResult } from './edit-result.ts';
import type { EditSuggestions } from './edit-suggestions.ts';
import type { EditTest, PromptPlace } from './edit-test.ts';
import type { EvaluationApi } from './evaluation-api.ts';
import type { GeneratedToken, Generation, Sampling } from './generation.ts';
import type { ModelDescription } from './model-description.ts';
import type { ChatMessage, Prompt } from './prompt.ts';
import type { EditOutline, RouterState } from './router-state.ts';
import type { Tuning } from './tuning.ts';

/**
 * What the engine process offers to whoever started it. One model and one codebook are open at a time; calls that need the
 * model wait for each other, in order, and every one of them can be cancelled while it waits.
 */
export interface EngineApi extends EvaluationApi {
  /** Opens a model, and a codebook for it; what was open before is closed, even if this fails. */
  open(params: OpenParams): OpenModel;
  /** Opens a codebook without its model: its edits can be seen, switched, annotated and exported, not tried. */
  openCodebook(params: { readonly folder: string }): CodebookSnapshot;
  /** The open codebook in full; null without one. */
  codebook(params: null): CodebookSnapshot | null;
  /** Frees the model and releases the codebook. */
  close(params: null): null;

  /** Progress: {@link GenerateProgress}. Cancelling ends it within one token, with what was said. */
  generate(params: GenerateParams): Generation;
  /** The class of a text, of a model that tells classes. */
  classify(params: { readonly prompt: Prompt; readonly edits: boolean }): Classification;
  /** A chat as the model's own template renders it. */
  render(params: { readonly messages: readonly ChatMessage[] }): { readonly text: string };
  decide(params: { readonly prompt: Prompt }): Decision;
  /** What an edit would do to the codebook, and to which edits; nothing is learned or changed. */
  preview(params: EditParams): EditPreview;
  /** Who an edit is about, and prompts that it should hardly fire on; `subject` absent: the router's guess. */
  suggest(params: { readonly prompt: Prompt; readonly subject?: string | undefined }): EditSuggestions;
  /** Progress: {@link EditProgress}. Cancelling leaves the codebook as it was. */
  edit(params: EditParams): EditMade;
  /** Edits a file of lines as `grace batch` does. Progress: {@link BatchProgress}. Cancelling keeps what was made. */
  batch(params: { readonly file: string }): BatchMade;
  /** Asks the prompts of an edit again, through the codebook, and its probes; `only` some of them. */
  test(params: { readonly edit: number; readonly only?: readonly PromptPlace[] | undefined }): EditTest;
  /** Which module and radius suit a model. Progress: {@link TuningProgress}. Nothing of it is kept. */
  tune(params: TuneParams): Tuning;
  /**
   * Calibrates the two-part router for a model, which need not be open; codebooks that are made afterwards use it. Progress:
   * {@link CalibrationProgress}. Cancelling keeps what is complete.
   */
  calibrate(params: CalibrateParams): CalibrationResult;
  /** What an edit of a prompt is taken to be about; null with GRACE's own router. It waits for nothing. */
  outline(params: { readonly prompt: Prompt; readonly subject?: string | undefined }): EditOutline | null;
  /** A prompt with what an edit says put before it: the baseline that any edit is compared with. It waits for nothing. */
  withFact(params: { readonly prompt: Prompt; readonly edit: number }): { readonly prompt: Prompt };

  /** All of them, or none when one of them is not there or in that state already. */
  switch(params: { readonly op: 'disable' | 'enable' | 'revert'; readonly edits: readonly number[] }): CodebookChange;
  annotate(params: Annotation): CodebookChange;
  setRadius(params: { readonly edit: number; readonly radius: number }): CodebookChange;
  show(params: { readonly edit: number }): EditDetails;
  /** `edits`: these alone; all when absent. */
  export(params: ExportParams): ExportResult;
  /** Takes the edits of an export into the open codebook. */
  import(params: { readonly file: string }): CodebookImported;
  /** Takes in the edits of another codebook for the same model and hook, a folder or an export, that are not here yet. */
  merge(params: { readonly from: string; readonly dryRun: boolean }): CodebookMerged;

  /** What a download of CUDA's libraries would bring; fails where CUDA cannot work. */
  cudaOffer(params: null): CudaOffer;
  /** Progress: {@link CudaProgress}. Cancelling keeps nothing. An engine that is started afterwards uses them. */
  downloadCuda(params: null): CudaState;
  /** Takes them away; `bytes` of what was freed. */
  removeCuda(params: null): CudaState;
}

/** What the engine process asks of, and tells, whoever started it. */
export interface EngineOwnerApi {
  /** The open codebook's files were changed by another program, and have been read again. */
  codebookReread(params: CodebookSnapshot): null;
  log(params: { readonly level: 'info' | 'warn' | 'error'; readonly message: string }): null;
}

export interface OpenParams {
  /** Whole path of the model. */
  readonly model: string;
  readonly device: string;
  /** How quantised weights are computed with: as they are (`auto`, also when absent), or as the float32 they stand for. */
  readonly precision?: 'auto' | 'float32' | undefined;
  /** Whole path of its folder; made if it is not there. While another process writes to it, it is opened for reading. */
  readonly codebook?: string | undefined;
  /** Module whose output is edited; the codebook's own, or the default, when absent. */
  readonly hook?: string | undefined;
  /** Of a codebook that is made: the radius of its edits, where they say nothing of it; measured when absent. */
  readonly radius?: number | undefined;
}

export interface TuneParams extends Pick<OpenParams, 'model' | 'device' | 'precision'> {
  /** Whole path of a file of lines as for a batch; edits that come with the engine when absent. */
  readonly file?: string | undefined;
}

export interface CalibrateParams extends Pick<OpenParams, 'model' | 'device' | 'precision'> {
  /** Measure what is known already once more. */
  readonly again?: boolean | undefined;
}

export interface OpenModel {
  /** Whole path of the model. */
  readonly model: string;
  readonly description: ModelDescription;
  /** The hook points in use. */
  readonly hook: { readonly replace: string; readonly key: string };
  /** Measured for the codebook's hook point; null without a codebook. */
  readonly radius: number | null;
  readonly router: RouterState;
  /** Settings of an edit that says nothing of them. */
  readonly defaults: { readonly steps: number; readonly replace: ReplacementPolicy };
  readonly codebook: CodebookSnapshot | null;
}

export interface GenerateParams {
  readonly prompt: Prompt;
  readonly maxTokens: number;
  readonly sampling: Sampling;
  readonly stop: readonly string[];
  /** False: the model as it is, without the codebook. */
  readonly edits: boolean;
}

/** The decision comes first, before any token. */
export type GenerateProgress =
  | { readonly kind: 'decision'; readonly decision: Decision }
  | { readonly kind: 'token'; readonly token: GeneratedToken };

export interface EditParams {
  readonly prompt: Prompt;
  readonly target: string;
  readonly rephrasings: readonly Prompt[];
  /** Who or what it is about; names and numbers of the prompt when absent. */
  readonly subject?: string | undefined;
  /** Prompts that must not fire it. */
  readonly negatives?: readonly Prompt[] | undefined;
  readonly probes: readonly Prompt[];
  /** Whether the answer ends with the target. */
  readonly ends: boolean;
  /** Measured when absent. */
  readonly radius?: number | undefined;
  readonly replace?: ReplacementPolicy | undefined;
  readonly steps?: number | undefined;
  /** Chosen from the module's output when absent. */
  readonly learningRate?: number | undefined;
  /** Unrelated sentences behind which the value is learned as well; none when absent. */
  readonly leadIns?: number | undefined;
}

export interface EditProgress {
  readonly step: number;
  readonly loss: number;
}

export interface EditPreview {
  readonly action: EditAction;
  readonly outcome: EditOutcome;
  /** What its keys would do beyond its own prompts; null with GRACE's own router. */
  readonly reach: EditReach | null;
}

export interface EditMade {
  readonly result: EditResult;
  readonly change: CodebookChange;
  /** Of a classifier. */
  readonly classes?: ClassChange | undefined;
}

export interface BatchProgress {
  /** Lines done, and to do, in this run. */
  readonly done: number;
  readonly of: number;
  /** What the line that has just been done did to the codebook; absent for lines with errors. */
  readonly change?: CodebookChange | undefined;
}

export interface BatchMade {
  readonly result: BatchResult;
}

export interface Annotation {
  readonly edit: number;
  readonly title?: string | undefined;
  readonly note?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

export interface ExportParams {
  readonly file: string;
  readonly format: 'safetensors' | 'json';
  readonly edits?: readonly number[] | undefined;
}

export interface CodebookImported {
  readonly result: ImportResult;
  readonly change: CodebookChange;
}

/** An edit of the other codebook that meets one of this codebook with another target. */
export interface MergeConflict {
  /** Number in the other codebook. */
  readonly edit: number;
  readonly prompt: Prompt;
  readonly target: string;
  /** What taking it in does to this codebook: `split` or `update`. */
  readonly action: EditAction;
  /** The live edits here that it moves, and those that own the entry it meets. */
  readonly with: readonly number[];
}

export interface CodebookMerged {
  /** Edits of the other codebook that are taken in. */
  readonly taken: number;
  /** Edits that are here already: same prompt, target and vectors. */
  readonly same: number;
  readonly conflicts: readonly MergeConflict[];
  /** Null after a dry run. */
  readonly change: CodebookChange | null;
}
