import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkVector, distance, KeyMatrix } from '../../../src/engine/grace/distance.ts';
import { codeOf, gaussian, randomSource } from './samples.ts';

function matrixOf(rows: readonly Float32Array[], dim: number): KeyMatrix {
  const matrix = new KeyMatrix(dim);
  for (const row of rows) matrix.append(row);
  return matrix;
}

/** All rows in order of distance, then of index. */
const ranking = (rows: readonly Float32Array[], query: Float32Array) =>
  rows
    .map((key, row) => ({ row, distance: distance(query, key) }))
    .sort((a, b) => a.distance - b.distance || a.row - b.row);

const sized = fc.integer({ min: 1, max: 40 }).chain((dim) => {
  // Few values make ties; the largest and smallest float32 make sums that a narrower sum would lose.
  const component = fc.oneof(fc.constantFrom(0, 1, -1, 0.5), fc.float({ noNaN: true, noDefaultInfinity: true }));
  const vector = fc.array(component, { minLength: dim, maxLength: dim }).map((numbers) => Float32Array.from(numbers));
  return fc.record({
    dim: fc.constant(dim),
    rows: fc.array(vector, { maxLength: 30 }),
    query: vector,
    limit: fc.double({ min: 0, noNaN: true }),
  });
});

describe('KeyMatrix', () => {
  it('finds what the plain loop finds, bit for bit', () => {
    fc.assert(
      fc.property(sized, ({ dim, rows, query, limit }) => {
        const matrix = matrixOf(rows, dim);
        const ranked = ranking(rows, query);
        expect(matrix.nearest(query)).toEqual(ranked[0] ?? null);
        expect(matrix.nearestTwo(query)).toEqual(ranked.slice(0, 2));
        const near = ranked.filter((neighbour) => neighbour.distance <= limit);
        expect(matrix.nearest(query, limit)).toEqual(near[0] ?? null);
        const visited: number[] = [];
        matrix.scan(query, limit, (row) => {
          visited.push(row);
          return limit;
        });
        expect(visited).toEqual(near.map(({ row }) => row).sort((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a row exactly at the limit', () => {
    const random = randomSource(1);
    for (let turn = 0; turn < 200; turn++) {
      const [key, query] = [gaussian(100, random), gaussian(100, random)];
      const exact = distance(query, key);
      expect(matrixOf([key], 100).nearest(query, exact)).toEqual({ row: 0, distance: exact });
      expect(matrixOf([key], 100).nearest(query, exact * (1 - Number.EPSILON))).toBeNull();
    }
  });

  it('grows, and a copy is its own', () => {
    const random = randomSource(2);
    const rows = Array.from({ length: 500 }, () => gaussian(768, random));
    const matrix = matrixOf(rows, 768);
    const copy = matrix.copy();
    const query = gaussian(768, random);
    copy.append(query);
    expect(copy.nearest(query)).toEqual({ row: 500, distance: 0 });
    expect(matrix.nearest(query)).toEqual(ranking(rows, query)[0]);
    expect([matrix.count, copy.count]).toEqual([500, 501]);
  });
});

describe('checkVector', () => {
  it('refuses another length and what is not finite', () => {
    expect(() => {
      checkVector(Float32Array.of(1, 2), 2, 'query');
    }).not.toThrow();
    expect(
      codeOf(() => {
        checkVector(Float32Array.of(1, 2), 3, 'query');
      }),
    ).toBe('bad-argument');
    for (const bad of [NaN, Infinity, -Infinity]) {
      expect(
        codeOf(() => {
          checkVector(Float32Array.of(1, bad), 2, 'query');
        }),
      ).toBe('bad-argument');
    }
  });
});
