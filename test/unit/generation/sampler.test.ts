import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkSampling, GREEDY, Sampler } from '../../../src/engine/generation/sampler.ts';
import type { Sampling } from '../../../src/protocol/generation.ts';

const LOGITS = Float32Array.of(1, 3, 2, -1, 0.5);
const drawn = (sampling: Partial<Sampling>, count = 2000, seen: readonly number[] = []): number[] => {
  const sampler = new Sampler({ ...GREEDY, temperature: 1, ...sampling });
  return Array.from({ length: count }, () => sampler.next(LOGITS, seen));
};
const share = (ids: readonly number[], id: number): number => ids.filter((other) => other === id).length / ids.length;

describe('a sampler', () => {
  it('at temperature 0 takes the most likely token, the first on a tie', () => {
    expect(new Set(drawn({ temperature: 0, topK: 2, topP: 0.1, seed: 9 }, 20))).toEqual(new Set([1]));
    expect(new Sampler(GREEDY).next(Float32Array.of(0, 7, 7), [])).toBe(1);
  });

  it('draws tokens in proportion to their probabilities', () => {
    const weights = [...LOGITS].map(Math.exp);
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    const ids = drawn({}, 20_000);
    for (const [id, weight] of weights.entries()) expect(share(ids, id)).toBeCloseTo(weight / whole, 1.5);
  });

  it('prefers likely tokens less, the higher the temperature is', () => {
    const shares = [0.5, 1, 5].map((temperature) => share(drawn({ temperature }), 1));
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(share(drawn({ temperature: 0.01 }), 1)).toBe(1);
  });

  it('keeps the k most likely tokens', () => {
    expect(new Set(drawn({ topK: 2, temperature: 10 }))).toEqual(new Set([1, 2]));
    expect(new Set(drawn({ topK: 100, temperature: 10 }))).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  it('keeps the fewest tokens that sum to p, one at least', () => {
    expect(new Set(drawn({ topP: 0.0001 }))).toEqual(new Set([1])); // .61, .22, .08 ...
    expect(new Set(drawn({ topP: 0.7 }))).toEqual(new Set([1, 2]));
    expect(new Set(drawn({ topP: 0.7, topK: 1 }))).toEqual(new Set([1]));
  });

  it('divides positive and multiplies negative logits of tokens seen before', () => {
    const next = (logits: readonly number[], seen: readonly number[], repetitionPenalty: number): number =>
      new Sampler({ ...GREEDY, repetitionPenalty }).next(Float32Array.from(logits), seen);
    expect(next([4, 3], [0, 0, 0], 1.3)).toBe(0); // once, however often it was seen
    expect(next([4, 3], [0], 1.4)).toBe(1);
    expect(next([-2, -3], [0], 1.4)).toBe(0);
    expect(next([-2, -3], [0], 1.6)).toBe(1);
    expect(next([4, 3], [], 2)).toBe(0);
  });

  it('leaves the logits as they are', () => {
    const logits = LOGITS.slice();
    new Sampler({ ...GREEDY, repetitionPenalty: 2, temperature: 1 }).next(logits, [0, 1]);
    expect(logits).toEqual(LOGITS);
  });

  it('gives the same tokens for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(drawn({ seed }, 20)).toEqual(drawn({ seed }, 20));
      }),
    );
    expect(drawn({ seed: 1 }, 20)).not.toEqual(drawn({ seed: 2 }, 20));
  });

  it('draws no impossible token', () => {
    const sampler = new Sampler({ ...GREEDY, temperature: 100 });
    const logits = Float32Array.of(-Infinity, 0, -Infinity);
    for (let i = 0; i < 100; i++) expect(sampler.next(logits, [])).toBe(1);
  });

  it.each<[string, Partial<Sampling>]>([
    ['temperature', { temperature: -1 }],
    ['temperature', { temperature: NaN }],
    ['top-k', { topK: 1.5 }],
    ['top-p', { topP: 0 }],
    ['top-p', { topP: 1.1 }],
    ['repetition penalty', { repetitionPenalty: 0 }],
    ['seed', { seed: 0.5 }],
  ])('refuses a wrong %s', (name, sampling) => {
    expect(() => {
      checkSampling({ ...GREEDY, ...sampling });
    }).toThrow(name);
  });
});
