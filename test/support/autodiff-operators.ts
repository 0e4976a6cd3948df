import type { Value } from '../../src/engine/graph/value.ts';
import * as elementwise from '../../src/engine/graph/operators/elementwise.ts';
import { gelu, silu, softmax } from '../../src/engine/graph/operators/activation.ts';
import { gather } from '../../src/engine/graph/operators/indexing.ts';
import { crossEntropy } from '../../src/engine/graph/operators/loss.ts';
import { gemm, matMul } from '../../src/engine/graph/operators/matrix.ts';
import {
  concat,
  expand,
  reshape,
  slice,
  split,
  TO_THE_END,
  transpose,
  transposeLast,
} from '../../src/engine/graph/operators/movement.ts';
import { layerNormalization, rmsNormalization } from '../../src/engine/graph/operators/normalization.ts';
import { reduceMean, reduceSum } from '../../src/engine/graph/operators/reduction.ts';
import { rotaryEmbedding } from '../../src/engine/graph/operators/rotary.ts';

export interface Case {
  readonly name: string;
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly CaseTensor[];
  readonly outputs: readonly CaseTensor[];
  readonly grad_outputs: readonly CaseTensor[];
  readonly grad_inputs: readonly (CaseTensor | null)[];
  readonly f32_vs_f64: { readonly output_max_abs: number; readonly grad_max_abs: number };
}

export interface CaseTensor {
  readonly name: string;
  readonly dtype: 'float32' | 'int64' | 'bool';
  readonly shape: readonly number[];
  readonly data: readonly (number | boolean | string)[];
}

type Build = (inputs: readonly Value[], attributes: Readonly<Record<string, unknown>>) => readonly Value[];

const two =
  (f: (a: Value, b: Value) => Value): Build =>
  (inputs) => [f(inputs[0]!, inputs[1]!)];
const one =
  (f: (x: Value) => Value): Build =>
  (inputs) => [f(inputs[0]!)];
const numbers = (value: unknown): number[] => (value as number[]).map((n) => Math.min(n, TO_THE_END));

/** Each operator of autodiff/cases.json in terms of the graph builder. */
const OPERATORS: Readonly<Record<string, Build>> = {
  MatMul: two(matMul),
  Add: two(elementwise.add),
  Sub: two(elementwise.sub),
  Mul: (inputs) => [elementwise.mul(inputs[0]!, inputs.at(-1)!)],
  Div: two(elementwise.div),
  Pow: two(elementwise.pow),
  Neg: one(elementwise.neg),
  Exp: one(elementwise.exp),
  Log: one(elementwise.log),
  Sqrt: one(elementwise.sqrt),
  Reciprocal: one(elementwise.reciprocal),
  Tanh: one(elementwise.tanh),
  Sigmoid: one(elementwise.sigmoid),
  Erf: one(elementwise.erf),
  Relu: one(elementwise.relu),
  Silu: one(silu),
  Cast: one((x) => elementwise.cast(elementwise.cast(x, 'float16'), 'float32')),
  Gelu: (inputs, at) => [gelu(inputs[0]!, at['approximate'] as 'none' | 'tanh')],
  Softmax: (inputs, at) => [softmax(inputs[0]!, at['axis'] as number)],
  Gemm: ([a, b, c], at) => [
    gemm(a!, b!, {
      transA: at['transA'] === 1,
      transB: at['transB'] === 1,
      alpha: at['alpha'] as number,
      beta: at['beta'] as number,
      addend: c,
    }),
  ],
  LayerNormalization: ([x, scale, bias], at) => [layerNormalization(x!, scale!, bias, at['epsilon'] as number)],
  RMSNormalization: ([x, scale], at) => [
    rmsNormalization(
      x!,
      at['one_plus_scale'] === true ? elementwise.add(scale!, scale!.graph.floats(1)) : scale!,
      at['epsilon'] as number,
    ),
  ],
  ReduceMean: (inputs, at) => [reduceMean(inputs[0]!, at['axes'] as number[], at['keepdims'] === 1)],
  ReduceSum: (inputs, at) => [reduceSum(inputs[0]!, at['axes'] as number[], at['keepdims'] === 1)],
  Transpose: (inputs, at) => [transpose(inputs[0]!, at['perm'] as number[])],
  Reshape: (inputs, at) => [reshape(inputs[0]!, at['shape'] as number[])],
  Slice: (inputs, at) => {
    const [axes, starts, ends, steps] = ['axes', 'starts', 'ends', 'steps'].map((key) => numbers(at[key])) as [
      number[],
      number[],
      number[],
      number[],
    ];
    return [slice(inputs[0]!, ...axes.map((axis, i) => ({ axis, start: starts[i]!, end: ends[i]!, step: steps[i]! })))];
  },
  Concat: (inputs, at) => [concat(inputs, at['axis'] as number)],
  Split: (inputs, at) => split(inputs[0]!, at['split'] as number[], at['axis'] as number),
  Gather: (inputs, at) => [gather(inputs[0]!, inputs[1]!, at['axis'] as number)],
  Where: (inputs) => [elementwise.where(inputs[0]!, inputs[1]!, inputs[2]!)],
  Expand: (inputs, at) => [expand(inputs[0]!, at['shape'] as number[])],
  SoftmaxCrossEntropyLoss: (inputs, at) => [
    crossEntropy(inputs[0]!, inputs[1]!, at['reduction'] as 'mean' | 'sum', at['ignore_index'] as number),
  ],
  RotaryEmbedding: ([x, cos, sin], at) => {
    const table = (t: Value): Value => reshape(t, [1, ...(t.shape as readonly number[])]);
    return [
      rotaryEmbedding(x!, table(cos!), table(sin!), {
        interleaved: at['interleaved'] === 1,
        ...(typeof at['rotary_embedding_dim'] === 'number' ? { rotaryDim: at['rotary_embedding_dim'] } : {}),
      }),
    ];
  },
};

const COMPOSITES: Readonly<Record<string, Build>> = {
  'tanh-softcap': one((x) => elementwise.scale(elementwise.tanh(elementwise.scale(x, 1 / 30)), 30)),
  diamond: one((x) => elementwise.add(elementwise.mul(x, elementwise.sigmoid(x)), x)),
  'attention-causal': ([q, k, v, mask]) => [
    matMul(softmax(elementwise.add(elementwise.scale(matMul(q!, transposeLast(k!)), 0.5), mask!)), v!),
  ],
};

export function buildCase(testCase: Case, inputs: readonly Value[]): readonly Value[] {
  const build = testCase.op === 'Composite' ? COMPOSITES[testCase.name] : OPERATORS[testCase.op];
  if (!build) throw new Error(`The builder has no operator ${testCase.op} (case ${testCase.name}).`);
  return build(inputs, testCase.attributes);
}
