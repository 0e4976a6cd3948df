import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

import { CodedError } from '../../protocol/coded-error.ts';
import type { ReplacementPolicy } from '../../protocol/edit.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { Adam } from './adam.ts';
import { greedyMatches } from './greedy-check.ts';
import { TrainingExample, type Lesson } from './training-example.ts';

/** How a value is learned. */
export interface TrainingSettings {
  /** warm: from the module's own output at t*; cold: U[0, 1), as in the paper's code. */
  readonly start: 'warm' | 'cold';
  /** Adam's step size; `auto` is a tenth of the root mean square of the module's output at t*. */
  readonly learningRate: number | 'auto';
  /** Steps at most. */
  readonly steps: number;
  readonly seed: number;
  /** Learning ends early once greedy generation gives the target and its least certain token leads by this many logits. */
  readonly margin: number;
}

/** For a model nobody has tuned. */
export const DEFAULT_TRAINING: TrainingSettings = { start: 'warm', learningRate: 'auto', steps: 100, seed: 0, margin: 0.5 };

/** The released code's settings (Hartvigsen et al., NeurIPS 2023): 100 steps of Adam at 1.0 from U[0, 1). */
export const PAPER_TRAINING: TrainingSettings = { start: 'cold', learningRate: 1, steps: 100, seed: 0, margin: Infinity };

export interface LearnedValue {
  readonly value: Float32Array; // (d_out)
  readonly learningRate: number;
  /** Loss before each step, and the loss at the end: one more than there were steps. */
  readonly losses: readonly number[];
  readonly steps: number;
  /** Whether real greedy generation gives the target after every prompt. */
  readonly success: boolean;
}

export interface LearningWatch {
  readonly onStep?: ((step: number, loss: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Learns one value for all lessons by gradient descent on it alone; the model is frozen. `cancelled` when the signal says so. */
export async function learnValue(
  model: HookedModel,
  lessons: readonly Lesson[],
  policy: ReplacementPolicy,
  settings: TrainingSettings,
  { onStep, signal }: LearningWatch = {},
  initial?: Float32Array,
): Promise<LearnedValue> {
  const examples: TrainingExample[] = [];
  for (const lesson of lessons) examples.push(await TrainingExample.prepare(model, lesson, policy));
  const warm = examples[0]!.hidden;
  const value = (initial ?? (settings.start === 'warm' ? warm : uniform(warm.length, settings.seed))).slice();
  const learningRate = settings.learningRate === 'auto' ? 0.1 * rootMeanSquare(warm) : settings.learningRate;
  const adam = new Adam(value.length, learningRate);
  const losses: number[] = [];
  const reached = (): Promise<boolean> => greedyMatches(model, lessons, policy, value);
  for (let step = 0; ; step++) {
    if (signal?.aborted) throw new CodedError('cancelled', 'The edit was cancelled; the codebook is unchanged.');
    const { loss, gradient, margin } = await evaluateAll(examples, value);
    losses.push(loss);
    onStep?.(step, loss);
    const done = step >= settings.steps;
    if (done || margin >= settings.margin) {
      const success = await reached();
      if (done || success) return { value, learningRate, losses, steps: step, success };
    }
    adam.update(value, gradient);
  }
}

/** Mean loss and gradient over all lessons, and the smallest margin. */
async function evaluateAll(examples: readonly TrainingExample[], value: Float32Array) {
  const gradient = new Float32Array(value.length);
  let [loss, margin] = [0, Infinity];
  for (const example of examples) {
    const one = await example.evaluate(value);
    loss += one.loss / examples.length;
    margin = Math.min(margin, one.margin);
    for (let j = 0; j < gradient.length; j++) gradient[j] = gradient[j]! + one.gradient[j]! / examples.length;
  }
  return { loss, gradient, margin };
}

export function rootMeanSquare(x: Float32Array): number {
  return Math.sqrt(x.reduce((sum, number) => sum + number * number, 0) / x.length);
}

function uniform(size: number, seed: number): Float32Array {
  const random = xoroshiro128plus(seed);
  return Float32Array.from({ length: size }, () => uniformFloat32(random));
}
