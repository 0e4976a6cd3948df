import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { gradient } from '../../../src/engine/graph/gradient.ts';
import { Graph } from '../../../src/engine/graph/graph.ts';
import { gelu, silu, softmax } from '../../../src/engine/graph/operators/activation.ts';
import {
  add,
  div,
  exp,
  log,
  mul,
  neg,
  pow,
  reciprocal,
  scale,
  sigmoid,
  sqrt,
  sub,
  tanh,
  where,
} from '../../../src/engine/graph/operators/elementwise.ts';
import { gather } from '../../../src/engine/graph/operators/indexing.ts';
import { crossEntropy } from '../../../src/engine/graph/operators/loss.ts';
import { gemm, matMul } from '../../../src/engine/graph/operators/matrix.ts';
import {
  concat,
  expand,
  reshape,
  slice,
  split,
  transpose,
  transposeLast,
} from '../../../src/engine/graph/operators/movement.ts';
import { layerNormalization, rmsNormalization } from '../../../src/engine/graph/operators/normalization.ts';
import { reduceMean, reduceSum } from '../../../src/engine/graph/operators/reduction.ts';
import { rotaryEmbedding } from '../../../src/engine/graph/operators/rotary.ts';
import type { Value } from '../../../src/engine/graph/value.ts';
import { Session } from '../../../src/engine/runtime/session.ts';
import { floatData, floats, type Tensor } from '../../../src/engine/runtime/tensor.ts';

/** A function of float inputs with random shapes; values are drawn from [low, high]. */
interface Subject {
  readonly shapes: readonly (readonly number[])[];
  readonly low?: number;
  readonly high?: number;
  build(inputs: readonly Value[]): Value;
}

const size = fc.integer({ min: 1, max: 5 });
const shape = fc.array(size, { minLength: 1, maxLength: 4 });
const anyX = (build: (x: Value) => Value, low = -2, high = 2): fc.Arbitrary<Subject> =>
  shape.map((dims) => ({ shapes: [dims], low, high, build: ([x]) => build(x!) }));

/** A shape that broadcasts to `dims`: leading axes dropped, some axes 1. */
const broadcastable = (dims: readonly number[]): fc.Arbitrary<number[]> =>
  fc
    .tuple(fc.integer({ min: 0, max: dims.length }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
    .map(([drop, ones]) => dims.slice(drop).map((dim, at) => (ones[at] ? 1 : dim)));
const pair = (build: (a: Value, b: Value) => Value, low = -2, high = 2): fc.Arbitrary<Subject> =>
  shape.chain((dims) =>
    fc
      .tuple(broadcastable(dims), broadcastable(dims), fc.boolean())
      .map(([a, b, whole]) => ({ shapes: [whole ? dims : a, b], low, high, build: ([x, y]) => build(x!, y!) })),
  );
const withAxis = (build: (x: Value, axis: number) => Value): fc.Arbitrary<Subject> =>
  shape.chain((dims) =>
    fc
      .integer({ min: -dims.length, max: dims.length - 1 })
      .map((axis) => ({ shapes: [dims], build: ([x]) => build(x!, axis) })),
  );
const lastFirst = (x: Value): number[] => [x.shape.length - 1, ...Array(x.shape.length - 1).keys()];

const SUBJECTS: Readonly<Record<string, fc.Arbitrary<Subject>>> = {
  Add: pair(add),
  Sub: pair(sub),
  Mul: pair(mul),
  Div: pair(div, 0.5, 2),
  Pow: anyX((x) => pow(x, x.graph.floats(1.7)), 0.5, 2),
  Neg: anyX(neg),
  Exp: anyX(exp),
  Log: anyX(log, 0.5, 3),
  Sqrt: anyX(sqrt, 0.5, 3),
  Reciprocal: anyX(reciprocal, 0.5, 3),
  Tanh: anyX(tanh),
  Sigmoid: anyX(sigmoid),
  'Gelu none': anyX((x) => gelu(x, 'none')),
  'Gelu tanh': anyX((x) => gelu(x, 'tanh')),
  Silu: anyX(silu),
  Softmax: withAxis(softmax),
  ReduceSum: withAxis((x, axis) => reduceSum(x, [axis], true)),
  ReduceMean: withAxis((x, axis) => reduceMean(x, [axis], false)),
  Transpose: anyX((x) => transpose(x, lastFirst(x))),
  Reshape: anyX((x) => reshape(x, [-1])),
  Expand: anyX((x) => expand(reshape(x, [1, -1]), [3, (x.shape as readonly number[]).reduce((a, b) => a * b, 1)])),
  Concat: withAxis((x, axis) => concat([x, scale(x, 2), x], axis)),
  Split: anyX((x) => mul(...(split(concat([x, exp(x)], 0), [x.shape[0] as number, x.shape[0] as number], 0) as [Value, Value]))),
  Slice: withAxis((x, axis) => slice(concat([x, x], axis), { axis, start: 1, end: Number.MAX_SAFE_INTEGER, step: 2 })),
  Gather: withAxis((x, axis) => gather(x, x.graph.ints([0, -1, 0]), axis)),
  Where: pair((a, b) => where(a.graph.floats([1]).graph.applyOne({ name: 'Greater', infer: () => [{ dtype: 'bool', shape: [1] }] }, [a.graph.floats([1], [1]), a.graph.floats([0], [1])]), mul(a, b), b)),
  LayerNormalization: fc.tuple(size, fc.integer({ min: 3, max: 6 })).map(([rows, width]) => ({ shapes: [[rows, width], [width], [width]], build: ([x, s, b]) => layerNormalization(x!, s!, b, 1e-2) })),
  RMSNormalization: fc.tuple(size, fc.integer({ min: 3, max: 6 })).map(([rows, width]) => ({ shapes: [[rows, width], [width]], build: ([x, s]) => rmsNormalization(x!, s!, 1e-2) })),
  MatMul: fc.tuple(size, size, size, size, fc.boolean()).map(([b, m, k, n, shared]) => ({ shapes: [[b, m, k], shared ? [k, n] : [b, k, n]], build: ([x, y]) => matMul(x!, y!) })),
  Gemm: fc.tuple(size, size, size, fc.boolean(), fc.boolean()).map(([m, k, n, transA, transB]) => ({ shapes: [transA ? [k, m] : [m, k], transB ? [n, k] : [k, n], [n]], build: ([a, b, c]) => gemm(a!, b!, { transA, transB, alpha: 0.5, beta: 2, addend: c }) })),
  RotaryEmbedding: fc.tuple(size, size, fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.nat(3)).map(([heads, length, half, interleaved, still]) => ({ shapes: [[1, heads, length, 2 * half + 2 * still]], build: ([x]) => {
    const angles = Array.from({ length: length * half }, (_, at) => at / 3);
    const table = (f: (angle: number) => number): Value => x!.graph.floats(angles.map(f), [1, length, half]);
    return rotaryEmbedding(x!, table(Math.cos), table(Math.sin), { interleaved, ...(still > 0 ? { rotaryDim: 2 * half } : {}) });
  } })),
  SoftmaxCrossEntropyLoss: fc.tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 6 })).map(([rows, classes]) => ({ shapes: [[rows, classes]], build: ([x]) => crossEntropy(x!, x!.graph.ints(Array.from({ length: rows }, (_, row) => (row === 1 ? -100 : row % classes)))) })),
  Attention: fc.tuple(size, size, size).map(([heads, length, width]) => ({ shapes: [[heads, length, width], [heads, length, width], [heads, length, width]], build: ([q, k, v]) => matMul(softmax(matMul(q!, transposeLast(k!))), v!) })),
}; // prettier-ignore

/** Numbers that depend on nothing but the seed. */
function numbers(count: number, seed: number, low: number, high: number): Float32Array {
  let state = (seed >>> 0) + 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * state) / 2 ** 32;
  });
}

/** The derivative of sum(upstream * f) along a random direction, by the rules and by a fourth-order central difference. */
async function slopes(subject: Subject, seed: number): Promise<readonly [number, number]> {
  const graph = new Graph();
  const inputs = subject.shapes.map((dims, at) => graph.input(`x${at}`, 'float32', dims));
  const output = subject.build(inputs);
  const count = (dims: readonly (number | string)[]): number =>
    dims.reduce<number>((product, dim) => product * Number(dim), 1);
  const upstream = numbers(count(output.shape), seed + 7, -1, 1);
  const weighted = mul(output, graph.floats(upstream, output.shape));
  const loss = graph.output(reduceSum(reshape(weighted, [-1]), [0], false));
  const gradients = gradient(loss, inputs).map((value) => graph.output(value!));
  const session = await Session.create(graph, { device: 'cpu' });
  const at = subject.shapes.map((dims, i) => numbers(count(dims), seed + i, subject.low ?? -2, subject.high ?? 2));
  const direction = at.map((x, i) => numbers(x.length, seed + 100 + i, -1, 1));
  const run = (step: number): Promise<Readonly<Record<string, Tensor>>> =>
    session.run(
      Object.fromEntries(
        at.map((x, i) => [
          `x${i}`,
          floats(
            x.map((value, j) => value + step * direction[i]![j]!),
            subject.shapes[i],
          ),
        ]),
      ),
    );
  const h = 2 ** -6;
  const f = async (step: number): Promise<number> => floatData((await run(step))[loss.name])[0]!;
  const numeric = (8 * ((await f(h)) - (await f(-h))) - ((await f(2 * h)) - (await f(-2 * h)))) / (12 * h);
  const here = await run(0);
  const derived = gradients.reduce(
    (sum, value, i) => sum + floatData(here[value.name]).reduce((s, g, j) => s + g * direction[i]![j]!, 0),
    0,
  );
  await session.dispose();
  return [derived, numeric];
}

describe('vector-Jacobian rules against central finite differences on random shapes', () => {
  it.each(Object.entries(SUBJECTS))('%s', async (_, subject) => {
    await fc.assert(
      fc.asyncProperty(subject, fc.nat(1_000_000), async (chosen, seed) => {
        const [derived, numeric] = await slopes(chosen, seed);
        expect(Math.abs(derived - numeric)).toBeLessThanOrEqual(3e-3 * Math.max(1, Math.abs(numeric)));
      }),
      { numRuns: 15 },
    );
  });
});
