import { CodedError } from '../../protocol/coded-error.ts';
import { UNSTEERED } from '../generation/steering.ts';
import { Adam } from '../grace/adam.ts';
import { TrainingExample } from '../grace/training-example.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { targetOf } from './answer.ts';
import type { BaselineSettings } from './experiment.ts';
import type { Item } from './material.ts';
import type { Asking, EditTrace, Method, Workbench } from './method.ts';
import { loadState, saveState } from './state-file.ts';

export type FineTuningName = 'ft' | 'ft-ewc' | 'ft-retrain';

/**
 * Fine-tuning of one weight matrix, in memory, as GRACE's authors compare with (their code's settings): Adam, anew for each edit,
 * until each token of the target is the most likely one, or the steps are used up.
 *
 * ft-ewc adds elastic weight consolidation (Kirkpatrick et al. 2017): lambda sum F (w - w0)^2, with w0 the weight before the edit
 * and F the mean squared gradient of the latest edits, the new one among them. ft-retrain goes through all edits so far, in order
 * and one by one, a few times after every so many, from the weight as it is.
 */
export class FineTuning implements Method {
  readonly name: FineTuningName;
  readonly keys = null;
  readonly mayBreak = true;
  readonly onlyPutsIn = false;
  readonly #model: HookedModel;
  readonly #weight: Float32Array;
  readonly #bench: Workbench;
  readonly #settings: BaselineSettings;
  /** What lies below the weight does not change, so it is computed once for each item. */
  readonly #examples = new Map<Item, TrainingExample>();

  private constructor(
    name: FineTuningName,
    model: HookedModel,
    weight: Float32Array,
    bench: Workbench,
    settings: BaselineSettings,
  ) {
    this.name = name;
    this.#model = model;
    this.#weight = weight;
    this.#bench = bench;
    this.#settings = settings;
  }

  /** @param model opened with `trained: 'weight'`; it belongs to the method from now on */
  static async create(
    name: FineTuningName,
    model: HookedModel,
    bench: Workbench,
    settings: BaselineSettings,
  ): Promise<FineTuning> {
    return new FineTuning(name, model, await model.trainWeight(), bench, settings);
  }

  async edit(item: Item, history: readonly Item[], signal: AbortSignal): Promise<EditTrace> {
    const { retrainEvery, retrainEpochs, ewcMemory } = this.#settings;
    const before = this.#weight.slice();
    const all = [...history, item];
    try {
      if (this.name === 'ft-retrain' && all.length % retrainEvery === 0)
        await this.#retrain(all, retrainEpochs, signal);
      const importance = this.name === 'ft-ewc' ? await this.#importance(all.slice(-ewcMemory)) : undefined;
      return { steps: await this.#learn(item, importance, signal) };
    } catch (error) {
      this.#weight.set(before);
      throw error;
    }
  }

  ask({ prompt }: Item): Asking {
    return { model: this.#model, steering: UNSTEERED, prompt };
  }

  resume(folder: string): Promise<number> {
    return Promise.resolve(loadState(folder, this.#parameters));
  }

  save(folder: string, edits: number): void {
    saveState(folder, edits, this.#parameters);
  }

  dispose(): Promise<void> {
    return this.#model.dispose();
  }

  get #parameters() {
    return new Map([['weight', { shape: [this.#weight.length], data: this.#weight }]]);
  }

  async #learn(item: Item, importance: Float32Array | undefined, signal: AbortSignal): Promise<number> {
    const { steps, learningRate, ewcLambda } = this.#settings;
    const example = await this.#example(item);
    const adam = new Adam(this.#weight.length, learningRate);
    const start = importance && this.#weight.slice();
    for (let step = 0; step < steps; step++) {
      if (signal.aborted) throw cancelled();
      const { gradient, margin } = await example.run({});
      if (margin > 0 || !gradient) return step;
      if (importance) {
        for (let j = 0; j < gradient.length; j++)
          gradient[j] = gradient[j]! + 2 * ewcLambda * importance[j]! * (this.#weight[j]! - start![j]!);
      }
      adam.update(this.#weight, gradient);
    }
    return steps;
  }

  async #retrain(items: readonly Item[], epochs: number, signal: AbortSignal): Promise<void> {
    const adam = new Adam(this.#weight.length, this.#settings.learningRate);
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const item of items) {
        if (signal.aborted) throw cancelled();
        const { gradient } = await (await this.#example(item)).run({});
        if (gradient) adam.update(this.#weight, gradient);
      }
    }
  }

  /** The diagonal of the Fisher information, from the gradients of these items. */
  async #importance(items: readonly Item[]): Promise<Float32Array> {
    const sum = new Float32Array(this.#weight.length);
    for (const item of items) {
      const { gradient } = await (await this.#example(item)).run({});
      if (!gradient) continue;
      for (let j = 0; j < sum.length; j++) sum[j] = sum[j]! + gradient[j]! ** 2 / items.length;
    }
    return sum;
  }

  async #example(item: Item): Promise<TrainingExample> {
    const known = this.#examples.get(item);
    if (known) return known;
    const lesson = targetOf(this.#bench, item.prompt, item.targets[0]!);
    // No position is left out: a weight reaches all of them.
    const example = await TrainingExample.prepare(this.#model, lesson, 'replace_all');
    this.#examples.set(item, example);
    return example;
  }
}

const cancelled = (): CodedError => new CodedError('cancelled', 'The run was stopped; it goes on from its last edit.');
