import type { ReplacementPolicy } from '../../protocol/edit.ts';
import { replacementFeeds, type LowerPass, type Sequence } from '../generation/sequence.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { floatData, ints, type Tensor } from '../runtime/tensor.ts';
import type { Lesson } from './lesson.ts';
import { rowFor } from './replacement-policy.ts';
import { trainingPass } from './training-pass.ts';

/** How a value does on one lesson. */
export interface Evaluation {
  /** Mean cross entropy of the target's tokens, or of the class. */
  readonly loss: number;
  /** d loss / d value. (rows, d_out) */
  readonly gradient: Float32Array;
  /** Smallest lead, over the target's tokens, of the token's logit over the next best one; above 0: all are the argmax. */
  readonly margin: number;
}

/** The same with the gradient of whatever the model is trained in. */
export interface RawEvaluation extends Omit<Evaluation, 'gradient'> {
  /** d loss / d value for every position, (T, d_out), or d loss / d weight. */
  readonly gradient: Float32Array | null;
}

/**
 * A lesson made ready for learning: the part below the edited module, and the positions that no value reaches, have been run
 * once; an evaluation runs only what the value changes, forward and backward.
 */
export class TrainingExample {
  readonly #model: HookedModel;
  readonly #feeds: Readonly<Record<string, Tensor>>;
  readonly #policy: ReplacementPolicy;
  readonly #keyPosition: number;
  readonly #pass: LowerPass;
  readonly #sequence: Sequence | undefined;

  private constructor(
    model: HookedModel,
    feeds: Readonly<Record<string, Tensor>>,
    policy: ReplacementPolicy,
    keyPosition: number,
    pass: LowerPass,
    sequence: Sequence | undefined,
  ) {
    this.#model = model;
    this.#feeds = feeds;
    this.#policy = policy;
    this.#keyPosition = keyPosition;
    this.#pass = pass;
    this.#sequence = sequence;
  }

  static async prepare(model: HookedModel, lesson: Lesson, policy: ReplacementPolicy): Promise<TrainingExample> {
    const { feeds, pass, keyPosition, sequence } = await trainingPass(model, lesson, policy);
    const given = { ...feeds, labels: ints(lesson.targetIds) };
    return new TrainingExample(model, given, policy, keyPosition, pass, sequence);
  }

  /** Frees what it holds on the device. */
  dispose(): void {
    this.#sequence?.dispose();
  }

  /** The module's own output at t* and the positions behind it: where a warm start begins. (rows, d_out) */
  hidden(rows: number): Float32Array {
    const { output } = this;
    const { size } = this.#model.replace;
    const start = this.#keyPosition - this.#pass.start;
    return output.slice(start * size, (start + rows) * size);
  }

  /** The module's own output at every position that a value may reach. (T, d_out) */
  get output(): Float32Array {
    return floatData(this.#pass.handedUp[this.#model.handedUpInputs[0]!]);
  }

  async evaluate(value: Float32Array): Promise<Evaluation> {
    const { size } = this.#model.replace;
    const row = rowFor(this.#policy, this.#keyPosition, value.length / size);
    const rows = Array.from({ length: this.#pass.count }, (_, at) => row(this.#pass.start + at));
    const parts = rows.map((at) => (at === null ? null : value.subarray(at * size, (at + 1) * size)));
    const { gradient: byPosition, ...evaluation } = await this.run(replacementFeeds(parts, size));
    const gradient = new Float32Array(value.length);
    if (byPosition) addRows(gradient, byPosition, rows, size);
    return { ...evaluation, gradient };
  }

  /** Forward and backward with what is put in; the gradient as the edit part gives it, null where nothing put in reaches the loss. */
  async run(putIn: Readonly<Record<string, Tensor>>): Promise<RawEvaluation> {
    const { part, session } = await this.#model.edit();
    const results = await session.run({ ...this.#feeds, ...putIn });
    return {
      loss: floatData(results[part.loss])[0]!,
      margin: Math.min(...floatData(results[part.margins])),
      gradient: part.gradient === null ? null : floatData(results[part.gradient]),
    };
  }
}

/** Adds each position's gradient, (T, size), to the row of the value that was put in there. */
function addRows(sum: Float32Array, gradients: Float32Array, rows: readonly (number | null)[], size: number): void {
  rows.forEach((row, position) => {
    if (row === null) return;
    for (let j = 0; j < size; j++) sum[row * size + j] = sum[row * size + j]! + gradients[position * size + j]!;
  });
}
