import fc from 'fast-check';
import { expect, it } from 'vitest';

import { Forward, type AttentionShape } from '../../../src/engine/models/forward.ts';
import { Session } from '../../../src/engine/runtime/session.ts';
import { floatData, floats, ints } from '../../../src/engine/runtime/tensor.ts';

/** Sizes of one run: `past` cached positions in a cache with room for `spare` more, and `count` new ones. */
const run = fc.record({
  keyValueHeads: fc.integer({ min: 1, max: 2 }),
  group: fc.integer({ min: 1, max: 3 }),
  headDim: fc.integer({ min: 1, max: 4 }),
  past: fc.integer({ min: 0, max: 12 }),
  spare: fc.integer({ min: 0, max: 4 }),
  count: fc.integer({ min: 1, max: 9 }),
  window: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
  cap: fc.option(fc.constant(1.5), { nil: undefined }),
});
type Run = typeof run extends fc.Arbitrary<infer Sizes> ? Sizes : never;

const wave = (size: number, phase: number): Float32Array =>
  Float32Array.from({ length: size }, (_, j) => 1.5 * Math.sin(phase + 1.7 * j));

/** (heads, from ... to - 1, headDim) of rows that lie in (heads, length, headDim). */
function rows(all: Float32Array, heads: number, length: number, headDim: number, from: number, to: number): number[] {
  const head = (h: number): Float32Array => all.subarray((h * length + from) * headDim, (h * length + to) * headDim);
  return Array.from({ length: heads }, (_, h) => [...head(h)]).flat();
}

/** Attention as its definition says it, position by position. (count, H * headDim) */
function plain(sizes: Run, q: Float32Array, k: Float32Array, v: Float32Array): number[] {
  const { keyValueHeads, group, headDim, past, count, window = Infinity, cap } = sizes;
  const [heads, length] = [keyValueHeads * group, past + count];
  const dot = (row: number, key: number): number => {
    let sum = 0;
    for (let j = 0; j < headDim; j++) sum += q[row * headDim + j]! * k[key * headDim + j]!;
    return cap === undefined ? 0.7 * sum : cap * Math.tanh((0.7 * sum) / cap);
  };
  const mixed: number[] = [];
  for (let row = 0; row < count; row++) {
    for (let head = 0; head < heads; head++) {
      const position = past + row;
      const first = Math.max(0, position - window + 1);
      const place = (at: number): number => Math.floor(head / group) * length + at;
      const seen = Array.from({ length: position - first + 1 }, (_, at) => first + at);
      const weights = seen.map((at) => Math.exp(dot(head * count + row, place(at))));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let j = 0; j < headDim; j++) {
        const parts = seen.map((at, n) => (weights[n]! / total) * v[place(at) * headDim + j]!);
        mixed.push(parts.reduce((sum, part) => sum + part, 0));
      }
    }
  }
  return mixed;
}

async function computed(sizes: Run, q: Float32Array, k: Float32Array, v: Float32Array): Promise<Float32Array> {
  const { keyValueHeads, group, headDim, past, spare, count, window, cap } = sizes;
  const [heads, capacity, length] = [keyValueHeads * group, past + spare, past + count];
  const f = new Forward(() => undefined);
  const head = (name: string, number: number) => f.graph.input(name, 'float32', [1, number, 'T', headDim]);
  const shape: AttentionShape = { layer: 0, heads, keyValueHeads, headDim, scale: 0.7, window, cap };
  const output = f.graph.output(
    f.attention(shape, head('q', heads), head('k', keyValueHeads), head('v', keyValueHeads)),
  );
  const session = await Session.create(f.graph, { device: 'cpu' });
  const cached = (all: Float32Array): Float32Array => {
    const buffer = new Float32Array(keyValueHeads * capacity * headDim).fill(1e3); // what lies in the spare room must not count
    for (let h = 0; h < keyValueHeads; h++)
      buffer.set(all.subarray(h * length * headDim, (h * length + past) * headDim), h * capacity * headDim);
    return buffer;
  };
  const fresh = (all: Float32Array) =>
    floats(Float32Array.from(rows(all, keyValueHeads, length, headDim, past, length)), [
      1,
      keyValueHeads,
      count,
      headDim,
    ]);
  const mask = Array.from({ length: count }, (_, row) =>
    Array.from({ length: capacity + count }, (_, at) =>
      (at < capacity ? at < past : at - capacity <= row) ? 0 : -Infinity,
    ),
  ).flat();
  const results = await session.run({
    q: floats(q, [1, heads, count, headDim]),
    k: fresh(k),
    v: fresh(v),
    'past.0.key': floats(cached(k), [keyValueHeads, capacity, headDim]),
    'past.0.value': floats(cached(v), [keyValueHeads, capacity, headDim]),
    mask: floats(Float32Array.from(mask), [count, capacity + count]),
    sizes: ints([capacity, count]),
    positions: ints(Array.from({ length: count }, (_, row) => past + row)),
  });
  await session.dispose();
  return floatData(results[output.name]);
}

it('attends as its definition says: cached and new positions, grouped heads, windows, caps', async () => {
  await fc.assert(
    fc.asyncProperty(run, async (sizes) => {
      const { keyValueHeads, group, headDim, past, count } = sizes;
      const q = wave(keyValueHeads * group * count * headDim, 0);
      const [k, v] = [1, 2].map((phase) => wave(keyValueHeads * (past + count) * headDim, phase)) as [Float32Array, Float32Array]; // prettier-ignore
      const [got, want] = [await computed(sizes, q, k, v), plain(sizes, q, k, v)];
      expect(got.length).toBe(want.length);
      for (const [at, number] of want.entries()) expect(Math.abs(got[at]! - number)).toBeLessThan(1e-5);
    }),
    { numRuns: 60 },
  );
});
