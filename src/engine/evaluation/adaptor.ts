import { gradients } from '../graph/gradient.ts';
import { Graph } from '../graph/graph.ts';
import { softmax } from '../graph/operators/activation.ts';
import { add, mul, sigmoid, sub } from '../graph/operators/elementwise.ts';
import { gemm } from '../graph/operators/matrix.ts';
import { expandLike } from '../graph/operators/movement.ts';
import type { Value } from '../graph/value.ts';

/** Sizes of the place where an adaptor sits: what a query has, and what the module puts out. */
export interface AdaptorSizes {
  readonly dIn: number;
  readonly dOut: number;
  /** Slots of a memory. */
  readonly slots: number;
}

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
  /** Drawn from U(from, to). */
  readonly from: number;
  readonly to: number;
}

/** A small network beside the model, which puts something in place of a module's output, as GRACE's authors compare with. */
export interface AdaptorKind {
  readonly name: 'defer' | 'memory';
  parameters(sizes: AdaptorSizes): readonly ParameterShape[];
  /** What is put in while it learns. query (1, d_in), output (T, d_out) -> (T, d_out) */
  training(query: Value, output: Value, parameters: ReadonlyMap<string, Value>): Value;
  /** What is put in at every position once it has learned, or null. query (d_in) -> (d_out) */
  apply(query: Float32Array, parameters: ReadonlyMap<string, Float32Array>, sizes: AdaptorSizes): Float32Array | null;
}

/** torch.nn.Linear's initial parameters: U(-k, k) with k = 1 / sqrt(in). */
function linear(name: string, inFeatures: number, outFeatures: number): readonly ParameterShape[] {
  const k = 1 / Math.sqrt(inFeatures);
  return [
    { name: `${name}.weight`, shape: [outFeatures, inFeatures], from: -k, to: k },
    { name: `${name}.bias`, shape: [outFeatures], from: -k, to: k },
  ];
}

const linearOf = (name: string, x: Value, parameters: ReadonlyMap<string, Value>): Value =>
  gemm(x, parameters.get(`${name}.weight`)!, { transB: true, addend: parameters.get(`${name}.bias`)! });

/** Defer, after SERAC (Mitchell et al. 2022): a gate decides whether a linear model's prediction takes the module's place. */
export const DEFER: AdaptorKind = {
  name: 'defer',
  parameters: ({ dIn, dOut }) => [...linear('gate', dIn, 1), ...linear('predict', dIn, dOut)],
  training(query, output, parameters) {
    const gate = sigmoid(linearOf('gate', query, parameters)); // (1, 1)
    const value = mul(gate, linearOf('predict', query, parameters)); // (1, d_out)
    return add(mul(sub(query.graph.floats(1), gate), output), value);
  },
  apply(query, parameters, { dOut }) {
    const [logit] = product(query, 'gate', parameters, 1);
    return logit! >= 0 ? product(query, 'predict', parameters, dOut) : null; // sigmoid >= 1/2
  },
};

/** A memory network: attention over learned slots replaces the module's output, whatever is asked. */
export const MEMORY: AdaptorKind = {
  name: 'memory',
  parameters: ({ dIn, dOut, slots }) => [
    ...linear('address', dIn, slots),
    { name: 'values', shape: [slots, dOut], from: 0, to: 1 },
  ],
  training(query, output, parameters) {
    const weights = softmax(linearOf('address', query, parameters)); // (1, slots)
    return expandLike(gemm(weights, parameters.get('values')!), output);
  },
  apply(query, parameters, { dOut, slots }) {
    const scores = product(query, 'address', parameters, slots);
    const most = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - most));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const values = parameters.get('values')!;
    const value = new Float32Array(dOut);
    weights.forEach((weight, slot) => {
      for (let j = 0; j < dOut; j++) value[j] = value[j]! + (weight / sum) * values[slot * dOut + j]!;
    });
    return value;
  },
};

/** A linear layer's output. (out) */
function product(
  x: Float32Array,
  name: string,
  parameters: ReadonlyMap<string, Float32Array>,
  outFeatures: number,
): Float32Array {
  const weight = parameters.get(`${name}.weight`)!;
  const bias = parameters.get(`${name}.bias`)!;
  return Float32Array.from({ length: outFeatures }, (_, row) => {
    let sum = bias[row]!;
    for (let j = 0; j < x.length; j++) sum += weight[row * x.length + j]! * x[j]!;
    return sum;
  });
}

/** An adaptor's learning as a graph: what it puts in, and d loss / d parameter for a d loss / d (what is put in). */
export interface AdaptorGraph {
  readonly graph: Graph;
  readonly rows: string;
  readonly gradients: ReadonlyMap<string, string>;
}

export function adaptorGraph(kind: AdaptorKind, sizes: AdaptorSizes): AdaptorGraph {
  const graph = new Graph();
  const query = graph.input('query', 'float32', [1, sizes.dIn]);
  const output = graph.input('output', 'float32', ['T', sizes.dOut]);
  const upstream = graph.input('upstream', 'float32', ['T', sizes.dOut]);
  const shapes = kind.parameters(sizes);
  const parameters = new Map(shapes.map(({ name, shape }) => [name, graph.input(name, 'float32', shape)] as const));
  const rows = graph.output(kind.training(query, output, parameters));
  const found = gradients([rows], [...parameters.values()], [upstream]);
  return {
    graph,
    rows: rows.name,
    gradients: new Map(shapes.map(({ name }, at) => [name, graph.output(found[at]!).name])),
  };
}
