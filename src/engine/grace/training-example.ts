import type { ReplacementPolicy } from '../../protocol/edit.ts';
import { checkContext } from '../generation/prefill.ts';
import { Sequence, type LowerPass } from '../generation/sequence.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { floatData, floats, ints, type Tensor } from '../runtime/tensor.ts';
import { covers, firstReplaced, keyPositionOf } from './replacement-policy.ts';

/** A prompt and what is to follow it, as token ids; the end token is part of the target where it is to be learned. */
export interface Lesson {
  readonly promptIds: readonly number[];
  readonly targetIds: readonly number[];
}

/** How a value does on one lesson. */
export interface Evaluation {
  /** Mean cross entropy of the target's tokens. */
  readonly loss: number;
  /** d loss / d value. (d_out) */
  readonly gradient: Float32Array;
  /** Smallest difference, over the target's tokens, between the token's logit and the next best one; above 0: all are the argmax. */
  readonly margin: number;
}

/**
 * A lesson made ready for learning: the part below the edited module, and the positions that no value reaches, have been run
 * once; an evaluation runs only what the value changes, forward and backward.
 */
export class TrainingExample {
  readonly #model: HookedModel;
  readonly #feeds: Readonly<Record<string, Tensor>>;
  readonly #hidden: Float32Array;

  private constructor(model: HookedModel, feeds: Readonly<Record<string, Tensor>>, hidden: Float32Array) {
    this.#model = model;
    this.#feeds = feeds;
    this.#hidden = hidden;
  }

  static async prepare(model: HookedModel, { promptIds, targetIds }: Lesson, policy: ReplacementPolicy): Promise<TrainingExample> {
    checkContext(model, promptIds.length + targetIds.length - 1);
    const keyPosition = keyPositionOf(promptIds);
    const first = firstReplaced(policy, keyPosition);
    const ids = [...promptIds, ...targetIds.slice(0, -1)]; // what the last target token predicts is not asked
    const sequence = new Sequence(model);
    if (first > 0) await sequence.above(await sequence.below(ids.slice(0, first)), [0], null);
    const pass = await sequence.below(ids.slice(first));
    const rows = targetIds.map((_, at) => keyPosition - first + at);
    const feeds = { ...sequence.aboveFeeds(pass, rows, covers(policy, keyPosition)), labels: ints(targetIds) };
    return new TrainingExample(model, feeds, rowOf(model, pass, keyPosition - first));
  }

  /** The module's own output at t*: where a warm start begins. (d_out) */
  get hidden(): Float32Array {
    return this.#hidden;
  }

  async evaluate(value: Float32Array): Promise<Evaluation> {
    const { part, session } = await this.#model.edit();
    const results = await session.run({ ...this.#feeds, value: floats(value) });
    const gradient = part.gradient === null ? new Float32Array(value.length) : floatData(results[part.gradient]);
    return { loss: floatData(results[part.loss])[0]!, gradient, margin: Math.min(...floatData(results[part.margins])) };
  }
}

/** The edited module's output at one row of a pass. */
function rowOf(model: HookedModel, pass: LowerPass, row: number): Float32Array {
  const output = floatData(pass.handedUp[model.handedUpInputs[0]!]);
  const { size } = model.replace;
  return output.slice(row * size, (row + 1) * size);
}
