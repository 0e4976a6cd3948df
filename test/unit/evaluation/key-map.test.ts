import { expect, it } from 'vitest';

import { KeyMap } from '../../../src/engine/evaluation/key-map.ts';

const vector = (...numbers: readonly number[]): Float32Array => Float32Array.from(numbers);
const distance = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number =>
  Math.hypot(a - c, b - d);

it('keeps distances of vectors that lie in a plane, and places another one among them', () => {
  const corners = [vector(0, 0, 5, 1), vector(4, 0, 5, 1), vector(4, 3, 5, 1), vector(0, 3, 5, 1), vector(9, 1, 5, 1)];
  const map = new KeyMap(corners);
  expect(map.share).toBeCloseTo(1, 6);
  expect(distance(map.places[0]!, map.places[2]!)).toBeCloseTo(5, 4);
  const middle = map.place(vector(2, 1.5, 5, 1));
  for (const corner of map.places.slice(0, 4)) expect(distance(middle, corner)).toBeCloseTo(2.5, 4);
});

it('draws too few vectors, or equal ones, in a row', () => {
  for (const vectors of [[vector(1, 2)], [vector(1, 2), vector(1, 2), vector(1, 2)]]) {
    const map = new KeyMap(vectors);
    expect(map.places).toEqual(vectors.map((_, at) => [at, 0]));
    expect(map.share).toBe(0);
    expect(map.place(vector(3, 4))).toEqual([0, 0]);
  }
});
