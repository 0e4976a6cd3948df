import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { largest, logSoftmax } from '../../../src/engine/generation/log-probabilities.ts';

const logits = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 40 }).map((row) => Float32Array.from(row)); // prettier-ignore

describe('logSoftmax', () => {
  it('gives logarithms of probabilities that sum to one, in the order of the logits', () => {
    fc.assert(
      fc.property(logits, (row) => {
        const logprobs = logSoftmax(row);
        const sum = logprobs.reduce((total, logprob) => total + Math.exp(logprob), 0);
        expect(sum).toBeCloseTo(1, 4);
        expect(largest(logprobs, 1)).toHaveLength(1);
        expect(logprobs.every((logprob) => logprob <= 1e-5)).toBe(true);
      }),
    );
  });

  it('does not change with a shift of all logits, however large', () => {
    const expected = [Math.log(1 / 4), Math.log(3 / 4)];
    for (const shift of [0, 1000, -1000]) {
      const row = logSoftmax(Float32Array.of(shift, shift + Math.log(3)));
      expect(row[0]).toBeCloseTo(expected[0]!, 3);
      expect(row[1]).toBeCloseTo(expected[1]!, 3);
    }
  });

  it('gives what is impossible no probability', () => {
    expect([...logSoftmax(Float32Array.of(-Infinity, 2))]).toEqual([-Infinity, 0]);
  });
});

describe('largest', () => {
  it('gives the indices of the largest numbers, the lower index first on a tie', () => {
    expect(largest(Float32Array.of(1, 5, 5, 3), 3)).toEqual([1, 2, 3]);
    expect(largest(Float32Array.of(2, 2, 2), 1)).toEqual([0]);
    expect(largest(Float32Array.of(1, 2), 5)).toEqual([1, 0]);
    expect(largest(Float32Array.of(1, 2), 0)).toEqual([]);
  });

  it('agrees with sorting', () => {
    fc.assert(
      fc.property(logits, fc.nat(45), (row, count) => {
        const sorted = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b);
        expect(largest(row, count)).toEqual(sorted.slice(0, count));
      }),
    );
  });
});
