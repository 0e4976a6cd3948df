import { constantNumbers, intAttribute, intsAttribute, onlyGradient, type Operator } from '../operator.ts';
import {
  addDims,
  broadcastShapes,
  elementCount,
  normalizeAxis,
  sameShape,
  shapeError,
  type Dim,
  type Shape,
} from '../shape.ts';
import type { Value } from '../value.ts';
import { sumToShape } from './reduction.ts';
import { scatterAdd } from './indexing.ts';

const Transpose: Operator = {
  name: 'Transpose',
  infer: ([x], attributes) => {
    const perm = intsAttribute(attributes, 'perm');
    if (perm.length !== x!.shape.length || new Set(perm).size !== perm.length) {
      throw shapeError('Transpose', `the permutation ${perm.join()} does not fit`, x!.shape);
    }
    return [{ dtype: x!.dtype, shape: perm.map((axis) => x!.shape[normalizeAxis('Transpose', axis, x!.shape)]!) }];
  },
  vjp: (node, gradients) => {
    const perm = intsAttribute(node.attributes, 'perm');
    return [
      transpose(
        onlyGradient(gradients),
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
    ];
  },
};
export const transpose = (x: Value, perm: readonly number[]): Value =>
  x.graph.applyOne(Transpose, [x], { perm: { ints: perm } });
/** Swaps the last two axes. */
export const transposeLast = (x: Value): Value => {
  const rank = x.shape.length;
  return transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
};

/** ONNX Reshape: 0 copies the input's dim at that axis, one -1 takes what is left. */
const Reshape: Operator = {
  name: 'Reshape',
  infer: ([x, target]) => [{ dtype: x!.dtype, shape: reshapedShape(x!.shape, constantNumbers('Reshape', target)) }],
  vjp: (node, gradients) => {
    const x = node.inputs[0]!;
    return [reshapeLike(onlyGradient(gradients), x.shape, x), null];
  },
};

function reshapedShape(from: Shape, target: readonly number[]): Shape {
  const copied = target.map((dim, axis): Dim => (dim === 0 ? from[axis]! : dim));
  const known = copied.filter((dim) => dim !== -1);
  const left = quotient(from, known);
  if (left === undefined || (!target.includes(-1) && left !== 1))
    throw shapeError('Reshape', 'cannot reshape', from, target);
  return copied.map((dim) => (dim === -1 ? left : dim));
}

/** The product of `from` over the product of `known`, when it is a whole number or a single symbol. */
function quotient(from: Shape, known: Shape): Dim | undefined {
  const symbols = from.filter((dim) => typeof dim === 'string');
  for (const symbol of known.filter((dim) => typeof dim === 'string')) {
    const at = symbols.indexOf(symbol);
    if (at < 0) return undefined;
    symbols.splice(at, 1);
  }
  const numbers = (shape: Shape): number =>
    shape.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
  const factor = numbers(from) / numbers(known);
  if (!Number.isInteger(factor)) return undefined;
  if (symbols.length === 0) return factor;
  return factor === 1 && symbols.length === 1 ? symbols[0]! : undefined;
}

export const reshape = (x: Value, target: readonly number[]): Value =>
  x.graph.applyOne(Reshape, [x, x.graph.ints(target)]);

/** Reshapes to a shape with symbols: from the shape itself where that is possible, else from the run-time shape of `like`. */
export function reshapeLike(x: Value, shape: Shape, like: Value): Value {
  if (sameShape(x.shape, shape)) return x;
  const target = shape.map((dim, axis) => (typeof dim === 'number' ? dim : x.shape[axis] === dim ? 0 : -1));
  if (target.filter((dim) => dim === -1).length <= 1) return reshape(x, target);
  throw shapeError('Reshape', `cannot follow the symbols of ${like.name} from`, x.shape, shape);
}

const Shape_: Operator = { name: 'Shape', infer: ([x]) => [{ dtype: 'int64', shape: [x!.shape.length] }] };
/** The run-time shape as an int64 vector. */
export const shapeOf = (x: Value): Value => x.graph.applyOne(Shape_, [x]);

/** Broadcasts to the run-time shape of the second input's vector; the builder names the result's shape by `like`. */
function expandOperator(shape: Shape): Operator {
  return {
    name: 'Expand',
    infer: ([x]) => [{ dtype: x!.dtype, shape: broadcastShapes('Expand', x!.shape, shape) }],
    vjp: (node, gradients) => [sumToShape(onlyGradient(gradients), node.inputs[0]!.shape), null],
  };
}

/** Broadcasts `x` to the shape of `like`, which may have symbols. */
export function expandLike(x: Value, like: Value): Value {
  if (sameShape(x.shape, like.shape)) return x;
  if (elementCount(like.shape) !== undefined) return expand(x, like.shape as readonly number[]);
  return x.graph.applyOne(expandOperator(like.shape), [x, shapeOf(like)]);
}

export const expand = (x: Value, shape: readonly number[]): Value =>
  x.graph.applyOne(expandOperator(shape), [x, x.graph.ints(shape)]);

const Concat: Operator = {
  name: 'Concat',
  infer: (inputs, attributes) => {
    const [first, ...rest] = inputs;
    const axis = normalizeAxis('Concat', intAttribute(attributes, 'axis', 0), first!.shape);
    const shape = rest.reduce<readonly Dim[]>((sum, part) => {
      const fits = part.shape.length === sum.length && part.shape.every((dim, at) => at === axis || dim === sum[at]);
      if (!fits || part.dtype !== first!.dtype)
        throw shapeError('Concat', `cannot join on axis ${axis}`, sum, part.shape);
      return sum.map((dim, at) => (at === axis ? addDims(dim, part.shape[axis]!) : dim));
    }, first!.shape);
    return [{ dtype: first!.dtype, shape }];
  },
  vjp: (node, gradients, wanted) => {
    const gradient = onlyGradient(gradients);
    const axis = normalizeAxis('Concat', intAttribute(node.attributes, 'axis', 0), gradient.shape);
    const parts = splitLike(gradient, node.inputs, axis);
    return node.inputs.map((_, at) => (wanted[at] ? parts[at]! : null));
  },
};
export const concat = (parts: readonly Value[], axis: number): Value =>
  parts[0]!.graph.applyOne(Concat, parts, { axis: { int: axis } });

/** Split by sizes that are known at run time only through `parts`; their shapes name the results' shapes. */
function splitOperator(dims: readonly Dim[]): Operator {
  return {
    name: 'Split',
    infer: ([x], attributes) => {
      const axis = normalizeAxis('Split', intAttribute(attributes, 'axis', 0), x!.shape);
      if (dims.reduce((sum, dim) => addDims(sum, dim), 0) !== addDims(x!.shape[axis]!, 0)) {
        throw shapeError('Split', `cannot cut axis ${axis} into`, dims, x!.shape);
      }
      return dims.map((dim) => ({ dtype: x!.dtype, shape: x!.shape.map((own, at) => (at === axis ? dim : own)) }));
    },
    vjp: (node, gradients) => {
      const axis = normalizeAxis('Split', intAttribute(node.attributes, 'axis', 0), node.inputs[0]!.shape);
      return [
        concat(
          node.outputs.map((output, at) => gradients[at] ?? zerosLike(output)),
          axis,
        ),
        null,
      ];
    },
  };
}

export const split = (x: Value, sizes: readonly number[], axis: number): readonly Value[] =>
  x.graph.apply(splitOperator(sizes), [x, x.graph.ints(sizes)], { axis: { int: axis } });

/** Cuts `x` along `axis` into pieces as long as those of `parts`. */
export function splitLike(x: Value, parts: readonly Value[], axis: number): readonly Value[] {
  const dims = parts.map((part) => part.shape[axis]!);
  if (dims.every((dim) => typeof dim === 'number')) return split(x, dims, axis);
  const sizes = concat(
    parts.map((part) => slice(shapeOf(part), { axis: 0, start: axis, end: axis + 1 })),
    0,
  );
  return splitBy(x, dims, sizes, axis);
}

/** Cuts `x` along `axis` into pieces of the sizes that an int64 vector holds at run time; `dims` names them for the builder. */
export function splitBy(x: Value, dims: readonly Dim[], sizes: Value, axis: number): readonly Value[] {
  return x.graph.apply(splitOperator(dims), [x, sizes], { axis: { int: axis } });
}

/** Zeros of the run-time shape of `like`. */
export function zerosLike(like: Value): Value {
  return expandLike(like.graph.floats(0), like);
}

/** Largest safe end of a slice: "to the end", whatever the size. */
export const TO_THE_END = Number.MAX_SAFE_INTEGER;

interface SliceRange {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step?: number;
}

/** ONNX Slice with starts, ends, axes and steps as constants; steps are positive. */
const Slice: Operator = {
  name: 'Slice',
  infer: ([x, ...constants]) => {
    const [starts, ends, axes, steps] = constants.map((value) => constantNumbers('Slice', value)) as number[][];
    const shape = [...x!.shape];
    axes!.forEach((axis, at) => {
      const own = normalizeAxis('Slice', axis, x!.shape);
      shape[own] = slicedDim(x!.shape, own, starts![at]!, ends![at]!, steps![at]!);
    });
    return [{ dtype: x!.dtype, shape }];
  },
  vjp: (node, gradients) => {
    const [x, ...constants] = node.inputs as readonly [Value, Value, Value, Value, Value];
    const [starts, ends, axes, steps] = constants.map((value) => value.constant!) as number[][];
    // One axis at a time, the last first: each step puts the rows back where they were taken from.
    const taken = axes!.map((axis, at) => ({
      axis: normalizeAxis('Slice', axis, x.shape),
      start: starts![at]!,
      end: ends![at]!,
      step: steps![at]!,
    }));
    const before = taken.reduce<Value[]>((values, range) => [...values, slice(values.at(-1)!, range)], [x]);
    return [
      taken.reduceRight((gradient, range, at) => {
        const from = before[at]!;
        const length = shapeOf(from);
        const positions = slice(rangeOf(slice(length, { axis: 0, start: range.axis, end: range.axis + 1 }), 'range'), {
          ...range,
          axis: 0,
        });
        return scatterAdd(gradient, positions, from, range.axis);
      }, onlyGradient(gradients)),
      ...constants.map(() => null),
    ];
  },
};

function slicedDim(shape: Shape, axis: number, start: number, end: number, step: number): Dim {
  const dim = shape[axis]!;
  if (step < 1) throw shapeError('Slice', `the step ${step} is not positive for`, shape);
  if (typeof dim === 'number') {
    const clamp = (at: number): number => Math.min(dim, Math.max(0, at < 0 ? at + dim : at));
    return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
  }
  if (start === 0 && end === TO_THE_END && step === 1) return dim;
  if (start < 0 && end === TO_THE_END && step === 1) return -start;
  return `${dim}[${start}:${end}:${step}]`;
}

export function slice(x: Value, ...ranges: readonly SliceRange[]): Value {
  const numbers = (pick: (range: SliceRange) => number): Value => x.graph.ints(ranges.map(pick));
  return x.graph.applyOne(Slice, [
    x,
    numbers((range) => range.start),
    numbers((range) => range.end),
    numbers((range) => range.axis),
    numbers((range) => range.step ?? 1),
  ]);
}

const Squeeze: Operator = {
  name: 'Squeeze',
  infer: ([x, axesInput]) => {
    const axes = constantNumbers('Squeeze', axesInput).map((axis) => normalizeAxis('Squeeze', axis, x!.shape));
    if (axes.some((axis) => x!.shape[axis] !== 1))
      throw shapeError('Squeeze', `axes ${axes.join()} are not all 1 in`, x!.shape);
    return [{ dtype: x!.dtype, shape: x!.shape.filter((_, axis) => !axes.includes(axis)) }];
  },
};

function rangeOperator(dim: Dim): Operator {
  return { name: 'Range', infer: () => [{ dtype: 'int64', shape: [dim] }] };
}
/** 0, 1, ... n - 1 for an int64 vector that holds n, which the builder knows as `dim`. */
export function rangeOf(length: Value, dim: Dim): Value {
  const scalar = length.graph.applyOne(Squeeze, [length, length.graph.ints([0])]);
  return length.graph.applyOne(rangeOperator(dim), [length.graph.ints(0), scalar, length.graph.ints(1)]);
}
