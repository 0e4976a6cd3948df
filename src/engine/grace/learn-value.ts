import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { mersenne } from 'pure-rand/generator/mersenne';

import { CodedError } from '../../protocol/coded-error.ts';
import type { ReplacementPolicy } from '../../protocol/edit.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { Adam } from './adam.ts';
import { greedyMatches } from './greedy-check.ts';
import { checkTrack } from './replacement-policy.ts';
import type { Lesson } from './lesson.ts';
import { TrainingExample } from './training-example.ts';

/** vector: one row at t*, the paper's value; track: one row for each token of the target; auto: by the target's length. */
export const VALUE_FORMS = ['auto', 'vector', 'track'] as const;
export type ValueForm = (typeof VALUE_FORMS)[number];

/** How a value is learned. */
export interface TrainingSettings {
  readonly form: ValueForm;
  /** warm: from the module's own output; cold: U[0, 1), as in the paper's code. */
  readonly start: 'warm' | 'cold';
  /** Adam's step size; `auto` is a tenth of the root mean square of the module's output at t*. */
  readonly learningRate: number | 'auto';
  /** Steps at most. */
  readonly steps: number;
  readonly seed: number;
  /** Learning ends early once greedy generation gives the target and its least certain token leads by this many logits. */
  readonly margin: number;
  /** And not before the mean loss is below this; the router's own bound where absent. */
  readonly loss?: number | undefined;
  /** Unrelated sentences, drawn by the seed, behind each of which the value is learned as well; none where absent. */
  readonly leadIns?: number | undefined;
}

/** For a model nobody has tuned. */
export const DEFAULT_TRAINING: TrainingSettings = {
  form: 'auto',
  start: 'warm',
  learningRate: 'auto',
  steps: 100,
  seed: 0,
  margin: 0.5,
};

/** The released code's settings (Hartvigsen et al., NeurIPS 2023): 100 steps of Adam at 1.0 from U[0, 1), never fewer. */
export const PAPER_TRAINING: TrainingSettings = {
  form: 'vector',
  start: 'cold',
  learningRate: 1,
  steps: 100,
  seed: 0,
  margin: Infinity,
};

/** Targets with more tokens than this get a track at once: one vector seldom holds a sentence (docs/decisions). */
const LONGEST_FOR_VECTOR = 8;

export interface LearnedValue {
  readonly value: Float32Array; // (rows, d_out)
  /** 1 for a vector, more for a track. */
  readonly rows: number;
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

/**
 * Learns one value for all lessons by gradient descent on it alone; the model is frozen. Where the form is left open and one
 * vector does not reach a short target, a track is learned instead.
 *
 * @param initial a value to go on from, (rows, d_out); its form is kept
 * @throws CodedError `cancelled` when the signal says so; `bad-argument` when the steps are too large for numbers to hold
 */
export async function learnValue(
  model: HookedModel,
  lessons: readonly Lesson[],
  policy: ReplacementPolicy,
  settings: TrainingSettings,
  watch: LearningWatch = {},
  initial?: Float32Array,
): Promise<LearnedValue> {
  const examples: TrainingExample[] = [];
  try {
    for (const lesson of lessons) examples.push(await TrainingExample.prepare(model, lesson, policy));
    const descent = { model, lessons, examples, policy, settings, watch };
    if (initial) return await descend(descent, initial.length / model.replace.size, initial);
    const [first, second] = formsToTry(model, settings.form, longestTarget(lessons), policy);
    const learned = await descend(descent, first);
    return learned.success || second === undefined ? learned : await descend(descent, second);
  } finally {
    for (const example of examples) example.dispose();
  }
}

const longestTarget = (lessons: readonly Lesson[]): number =>
  Math.max(...lessons.map(({ targetIds }) => targetIds.length));

/** Numbers of rows to try in turn. Only in a decoder is there a position for each token of the answer. */
function formsToTry(
  { replace }: HookedModel,
  form: ValueForm,
  length: number,
  policy: ReplacementPolicy,
): readonly [number, number?] {
  const one = policy !== 'replace_last' || replace.stack === 'encoder';
  if (form === 'vector' || (form === 'auto' && one)) return [1];
  if (replace.stack === 'encoder') {
    throw new CodedError('bad-argument', 'A track cannot be put into an encoder.', 'Learn one vector.');
  }
  checkTrack(policy);
  if (form === 'track' || length > LONGEST_FOR_VECTOR) return [length];
  return length === 1 ? [1] : [1, length];
}

interface Descent {
  readonly model: HookedModel;
  readonly lessons: readonly Lesson[];
  readonly examples: readonly TrainingExample[];
  readonly policy: ReplacementPolicy;
  readonly settings: TrainingSettings;
  readonly watch: LearningWatch;
}

async function descend(descent: Descent, rows: number, initial?: Float32Array): Promise<LearnedValue> {
  const { model, lessons, examples, policy, settings, watch } = descent;
  const warm = warmStart(descent, rows);
  const value = (initial ?? (settings.start === 'warm' ? warm : uniform(warm.length, settings.seed))).slice();
  const learningRate = settings.learningRate === 'auto' ? 0.1 * rootMeanSquare(warm) : settings.learningRate;
  const adam = new Adam(value.length, learningRate);
  const losses: number[] = [];
  for (let step = 0; ; step++) {
    if (watch.signal?.aborted) throw cancelled();
    const { loss, gradient, margin } = await evaluateAll(examples, value);
    if (!Number.isFinite(loss)) throw diverged(step, learningRate);
    losses.push(loss);
    watch.onStep?.(step, loss);
    const done = step >= settings.steps;
    if (done || (margin >= settings.margin && loss < (settings.loss ?? Infinity))) {
      const success = await greedyMatches(model, lessons, policy, value);
      if (done || success) return { value, rows, learningRate, losses, steps: step, success };
    }
    adam.update(value, gradient);
  }
}

export const cancelled = (): CodedError =>
  new CodedError('cancelled', 'The edit was cancelled; the codebook is unchanged.');

function diverged(step: number, learningRate: number): CodedError {
  return new CodedError(
    'bad-argument',
    `Learning left the range of numbers at step ${step}, with the step size ${learningRate}; the codebook is unchanged.`,
    'Use a smaller step size (--lr).',
    { step, learningRate },
  );
}

/** The module's own output at t* and behind, taken from the lesson that has the most of it. (rows, d_out) */
function warmStart({ lessons, examples }: Descent, rows: number): Float32Array {
  const longest = lessons.findIndex(({ targetIds }) => targetIds.length >= rows);
  return examples[Math.max(0, longest)]!.hidden(rows);
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
  const random = mersenne(seed);
  return Float32Array.from({ length: size }, () => uniformFloat32(random));
}
