import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';

import { CodedError } from '../../protocol/coded-error.ts';
import type { Sampling } from '../../protocol/generation.ts';
import { largest } from './log-probabilities.ts';

export const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };

/** Throws `bad-argument` for a setting that means nothing. */
export function checkSampling({ temperature, topK, topP, repetitionPenalty, seed }: Sampling): void {
  const complain = (what: string): CodedError => new CodedError('bad-argument', what, 'See grace generate --help.');
  if (!(temperature >= 0 && temperature <= 100)) throw complain('The temperature must be between 0 and 100.');
  if (!(Number.isSafeInteger(topK) && topK >= 0)) throw complain('top-k must be a whole number, 0 or more.');
  if (!(topP > 0 && topP <= 1)) throw complain('top-p must be more than 0 and at most 1.');
  if (!(repetitionPenalty > 0 && Number.isFinite(repetitionPenalty)))
    throw complain('The repetition penalty must be more than 0.');
  if (!Number.isSafeInteger(seed)) throw complain('The seed must be a whole number.');
}

/** Chooses the next token; settings apply in the order repetition penalty, temperature, top-k, top-p. */
export class Sampler {
  readonly #sampling: Sampling;
  readonly #random: ReturnType<typeof mersenne>;

  constructor(sampling: Sampling) {
    checkSampling(sampling);
    this.#sampling = sampling;
    this.#random = mersenne(sampling.seed);
  }

  /** @param seen the sequence so far, prompt included */
  next(logits: Float32Array, seen: readonly number[]): number {
    const { temperature, topK, topP, repetitionPenalty } = this.#sampling;
    const scores = repetitionPenalty === 1 ? logits : penalized(logits, seen, repetitionPenalty);
    if (temperature === 0) return largest(scores, 1)[0]!;
    const order = largest(scores, topK > 0 ? Math.min(topK, scores.length) : 0);
    const ranked = topK > 0 ? order : Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
    const top = scores[ranked[0]!]!;
    const weights = ranked.map((id) => Math.exp((scores[id]! - top) / temperature));
    return ranked[this.#draw(withinMass(weights, topP))]!;
  }

  /** An index, drawn in proportion to its weight. */
  #draw(weights: readonly number[]): number {
    let left = uniformFloat64(this.#random) * weights.reduce((sum, weight) => sum + weight, 0);
    const at = weights.findIndex((weight) => (left -= weight) < 0);
    return at < 0 ? weights.length - 1 : at;
  }
}

function penalized(logits: Float32Array, seen: readonly number[], penalty: number): Float32Array {
  const scores = logits.slice();
  for (const id of new Set(seen)) scores[id] = scores[id]! > 0 ? scores[id]! / penalty : scores[id]! * penalty;
  return scores;
}

/** The leading weights that make up `share` of the whole, at least one. */
function withinMass(weights: readonly number[], share: number): readonly number[] {
  if (share >= 1) return weights;
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let mass = 0;
  const count = weights.findIndex((weight) => (mass += weight) >= share * whole) + 1;
  return weights.slice(0, count === 0 ? weights.length : count);
}
