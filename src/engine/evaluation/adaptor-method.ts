import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { mersenne } from 'pure-rand/generator/mersenne';

import { CodedError } from '../../protocol/coded-error.ts';
import { NO_DECISION } from '../../protocol/decision.ts';
import { readPrompt } from '../generation/prefill.ts';
import type { Prefill, Steering } from '../generation/steering.ts';
import { UNSTEERED } from '../generation/steering.ts';
import { replacementFeeds } from '../generation/sequence.ts';
import { Adam } from '../grace/adam.ts';
import { replacementOf } from '../grace/replacement-policy.ts';
import { TrainingExample } from '../grace/training-example.ts';
import { hookName } from '../models/hook-point.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { Device } from '../runtime/device.ts';
import { Session } from '../runtime/session.ts';
import { floatData, floats } from '../runtime/tensor.ts';
import { adaptorGraph, type AdaptorGraph, type AdaptorKind, type AdaptorSizes } from './adaptor.ts';
import { targetOf } from './answer.ts';
import type { BaselineSettings } from './experiment.ts';
import type { Item } from './material.ts';
import type { Asking, EditTrace, Method, Workbench } from './method.ts';
import { loadState, saveState, type Parameters } from './state-file.ts';

/**
 * Defer and Memory as GRACE's authors compare with them (their code's settings): one small network at the edited module, trained
 * further with each edit by Adam, on that edit alone. It is given the query of the key hook point at t*, and what it says is put in
 * at every position. Learning ends early once each token of the target is the most likely one.
 */
export class AdaptorMethod implements Method {
  readonly name: AdaptorKind['name'];
  readonly keys: number | null;
  readonly mayBreak = true;
  readonly onlyPutsIn = true;
  readonly #kind: AdaptorKind;
  readonly #model: HookedModel;
  readonly #bench: Workbench;
  readonly #settings: BaselineSettings;
  readonly #sizes: AdaptorSizes;
  readonly #parameters: Parameters;
  readonly #learning: { readonly part: AdaptorGraph; readonly session: Session };
  #edits = 0;

  private constructor(
    kind: AdaptorKind,
    model: HookedModel,
    bench: Workbench,
    settings: BaselineSettings,
    sizes: AdaptorSizes,
    learning: { readonly part: AdaptorGraph; readonly session: Session },
  ) {
    this.name = kind.name;
    this.keys = kind.name === 'memory' ? sizes.slots : null;
    this.#kind = kind;
    this.#model = model;
    this.#bench = bench;
    this.#settings = settings;
    this.#sizes = sizes;
    this.#parameters = initial(kind, sizes, bench.seed);
    this.#learning = learning;
  }

  /** @param model shared with others; it is not disposed of */
  static async create(
    kind: AdaptorKind,
    model: HookedModel,
    device: Device,
    bench: Workbench,
    settings: BaselineSettings,
  ): Promise<AdaptorMethod> {
    const sizes = { dIn: model.keys[0]!.size, dOut: model.replace.size, slots: settings.memorySlots };
    const part = adaptorGraph(kind, sizes);
    const session = await Session.create(part.graph, { device });
    return new AdaptorMethod(kind, model, bench, settings, sizes, { part, session });
  }

  async edit(item: Item, history: readonly Item[], signal: AbortSignal): Promise<EditTrace> {
    const before = new Map([...this.#parameters].map(([name, { data }]) => [name, data.slice()]));
    try {
      const steps = await this.#learn(item, signal);
      this.#edits = history.length + 1;
      return { steps };
    } catch (error) {
      for (const [name, { data }] of this.#parameters) data.set(before.get(name)!);
      throw error;
    }
  }

  ask({ prompt }: Item): Asking {
    return { model: this.#model, steering: this.#edits > 0 ? this.#steering : UNSTEERED, prompt };
  }

  resume(folder: string): Promise<number> {
    this.#edits = loadState(folder, this.#parameters);
    return Promise.resolve(this.#edits);
  }

  save(folder: string, edits: number): void {
    saveState(folder, edits, this.#parameters);
  }

  dispose(): Promise<void> {
    return this.#learning.session.dispose();
  }

  get #steering(): Steering {
    const values = new Map([...this.#parameters].map(([name, { data }]) => [name, data]));
    return {
      decide: (prefill) => {
        const value = this.#kind.apply(this.#query(prefill), values, this.#sizes);
        const replacement = value && replacementOf(value, this.#sizes.dOut, 'replace_all', prefill.keyPosition);
        return { decision: NO_DECISION, replacement };
      },
    };
  }

  #query(prefill: Prefill): Float32Array {
    return prefill.query(hookName(this.#model.keys[0]!), prefill.keyPosition);
  }

  async #learn(item: Item, signal: AbortSignal): Promise<number> {
    const lesson = targetOf(this.#bench, item.prompt, item.targets[0]!);
    const query = this.#query(await readPrompt(this.#model, lesson.prompt));
    const example = await TrainingExample.prepare(this.#model, lesson, 'replace_all');
    try {
      return await this.#descend(query, example, signal);
    } finally {
      example.dispose();
    }
  }

  /** Steps until the example is learned; how many they were. */
  async #descend(query: Float32Array, example: TrainingExample, signal: AbortSignal): Promise<number> {
    const { steps, adaptorLearningRate } = this.#settings;
    const { part, session } = this.#learning;
    const { dIn, dOut } = this.#sizes;
    const count = example.output.length / dOut;
    const feeds = {
      query: floats(query, [1, dIn]),
      output: floats(example.output, [count, dOut]),
      ...Object.fromEntries([...this.#parameters].map(([name, { data, shape }]) => [name, floats(data, shape)])),
    };
    const adams = new Map(
      [...this.#parameters].map(([name, { data }]) => [name, new Adam(data.length, adaptorLearningRate)]),
    );
    let upstream = new Float32Array(count * dOut);
    for (let step = 0; step < steps; step++) {
      if (signal.aborted) throw new CodedError('cancelled', 'The run was stopped; it goes on from its last edit.');
      const rows = floatData((await session.run({ ...feeds, upstream: floats(upstream, [count, dOut]) }))[part.rows]);
      const putIn = Array.from({ length: count }, (_, at) => rows.subarray(at * dOut, (at + 1) * dOut));
      const { gradient, margin } = await example.run(replacementFeeds(putIn, dOut));
      if (margin > 0 || !gradient) return step;
      upstream = new Float32Array(gradient);
      const results = await session.run({ ...feeds, upstream: floats(upstream, [count, dOut]) });
      for (const [name, output] of part.gradients)
        adams.get(name)!.update(this.#parameters.get(name)!.data, floatData(results[output]));
    }
    return steps;
  }
}

function initial(kind: AdaptorKind, sizes: AdaptorSizes, seed: number): Parameters {
  const random = mersenne(seed);
  return new Map(
    kind.parameters(sizes).map(({ name, shape, from, to }) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, data: Float32Array.from({ length }, () => from + (to - from) * uniformFloat32(random)) }];
    }),
  );
}
