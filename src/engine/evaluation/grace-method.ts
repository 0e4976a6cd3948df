import type { Decision } from '../../protocol/decision.ts';
import type { EditResult } from '../../protocol/edit-result.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Steering } from '../generation/steering.ts';
import type { CodebookFolder } from '../grace/codebook-folder.ts';
import { Codebook } from '../grace/codebook.ts';
import type { EditRequest } from '../grace/editor.ts';
import { DEFAULT_TRAINING, PAPER_TRAINING, type LearningWatch, type TrainingSettings } from '../grace/learn-value.ts';
import { toCodebookEdit } from '../grace/stored-edits.ts';
import { TwoPartCodebook } from '../grace/two-part/two-part-codebook.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { ExperimentSettings } from './experiment.ts';
import type { Item } from './material.ts';
import type { Asking, EditTrace, Method, Workbench } from './method.ts';

/** A model with a codebook, as the engine opens it. */
export interface EditedModel {
  readonly model: HookedModel;
  readonly codebook: CodebookFolder | undefined;
  steering(prompt: Prompt): Steering;
  edit(request: EditRequest, watch?: LearningWatch): Promise<EditResult>;
  decide(prompt: Prompt): Promise<Decision>;
  dispose(): Promise<void>;
}

/** GRACE by the editor that everybody uses, with a codebook on the disk that can be opened like any other. */
export class GraceMethod implements Method {
  readonly name: 'grace' | 'grace-two-part';
  readonly mayBreak = false;
  readonly onlyPutsIn = true;
  readonly #engine: EditedModel;
  readonly #bench: Workbench;
  readonly #radius: number;

  /** @param radius e_init in numbers */
  constructor(name: GraceMethod['name'], engine: EditedModel, bench: Workbench, radius: number) {
    this.name = name;
    this.#engine = engine;
    this.#bench = bench;
    this.#radius = radius;
  }

  get keys(): number {
    return this.#folder.codebook.entries.length;
  }

  async edit({ prompt, targets, subject }: Item, _history: readonly Item[], signal: AbortSignal): Promise<EditTrace> {
    const { settings } = this.#bench;
    const request: EditRequest = {
      prompt,
      target: targets[0]!,
      subject,
      rephrasings: [],
      probes: [],
      ends: settings.ends,
      radius: this.#radius,
      replace: settings.policy,
      training: trainingOf(settings, this.#bench.seed),
      maxTokens: settings.maxTokens,
    };
    const { steps, edit, action, decision } = await this.#engine.edit(request, { signal });
    return { steps, edit, action, decision };
  }

  ask({ prompt }: Item): Asking {
    return { model: this.#engine.model, steering: this.#engine.steering(prompt), prompt };
  }

  resume(): Promise<number> {
    return Promise.resolve(this.#folder.edits.length);
  }

  async recall(edits: number): Promise<EditTrace> {
    const made = this.#folder.edits.slice(0, edits);
    const { record } = made.at(-1)!;
    const codebookEdits = made.map((listed) => toCodebookEdit(listed, this.#folder.vectorsOf(listed.record.edit)!));
    const { dIn } = this.#folder.manifest;
    const earlier = codebookEdits.slice(0, -1);
    const before = this.name === 'grace' ? Codebook.fold(dIn, earlier) : TwoPartCodebook.fold(dIn, earlier);
    return {
      steps: record.training.steps,
      edit: record.edit,
      action: before.preview(codebookEdits.at(-1)!).steps[0]!.action,
      decision: await this.#engine.decide(record.prompt),
    };
  }

  save(): void {
    // Every edit is on the disk when it is made.
  }

  dispose(): Promise<void> {
    return this.#engine.dispose();
  }

  get #folder(): CodebookFolder {
    return this.#engine.codebook!;
  }
}

/** How values are learned in an experiment: a preset, and what its file says otherwise. */
export function trainingOf(settings: ExperimentSettings, seed: number): TrainingSettings {
  const preset = settings.preset === 'paper' ? PAPER_TRAINING : DEFAULT_TRAINING;
  return {
    form: settings.form ?? preset.form,
    start: settings.start ?? preset.start,
    steps: settings.steps ?? preset.steps,
    learningRate: settings.learningRate ?? preset.learningRate,
    margin: settings.margin ?? preset.margin,
    seed,
  };
}
