import { constantNumbers, intAttribute, onlyGradient, type Operator } from '../operator.ts';
import { normalizeAxis, sameShape, shapeError, type Dim, type Shape } from '../shape.ts';
import type { Value } from '../value.ts';
import { div } from './elementwise.ts';
import { expandLike, reshapeLike } from './movement.ts';

/** Axes are the second input, as in ONNX opset 18. */
function reducedAxes(name: string, x: Value, axes: Value | undefined): number[] {
  return constantNumbers(name, axes).map((axis) => normalizeAxis(name, axis, x.shape));
}

function reduction(name: string, vjp: Operator['vjp']): Operator {
  return {
    name,
    infer: ([x, axesInput], attributes) => {
      const axes = reducedAxes(name, x!, axesInput);
      const keep = intAttribute(attributes, 'keepdims', 1) === 1;
      const shape = x!.shape.map((dim, axis): Dim => (axes.includes(axis) ? 1 : dim));
      return [{ dtype: x!.dtype, shape: keep ? shape : shape.filter((_, axis) => !axes.includes(axis)) }];
    },
    ...(vjp ? { vjp } : {}),
  };
}

/** The gradient of a sum: the upstream gradient at every element that was summed. */
const spread: NonNullable<Operator['vjp']> = (node, gradients) => {
  const x = node.inputs[0]!;
  const axes = reducedAxes(node.operator.name, x, node.inputs[1]);
  const kept = x.shape.map((dim, axis): Dim => (axes.includes(axis) ? 1 : dim));
  return [expandLike(reshapeLike(onlyGradient(gradients), kept, x), x), null];
};

/** How many elements each mean was taken over, as a scalar. */
function reducedCount(x: Value, axes: readonly number[]): Value {
  const count = axes.reduce((product, axis) => {
    const dim = x.shape[axis]!;
    if (typeof dim === 'string') throw shapeError('ReduceMean', 'no gradient over a symbolic axis of', x.shape);
    return product * dim;
  }, 1);
  return x.graph.floats(count);
}

const ReduceSum = reduction('ReduceSum', spread);
const ReduceMean = reduction('ReduceMean', (node, gradients, wanted) => {
  const x = node.inputs[0]!;
  const count = reducedCount(x, reducedAxes('ReduceMean', x, node.inputs[1]));
  return spread(node, [div(onlyGradient(gradients), count)], wanted);
});
const ReduceMax = reduction('ReduceMax', undefined);

function reduce(operator: Operator, x: Value, axes: readonly number[], keepdims: boolean): Value {
  return x.graph.applyOne(operator, [x, x.graph.ints(axes)], { keepdims: { int: keepdims ? 1 : 0 } });
}

export const reduceSum = (x: Value, axes: readonly number[], keepdims = true): Value =>
  reduce(ReduceSum, x, axes, keepdims);
export const reduceMean = (x: Value, axes: readonly number[], keepdims = true): Value =>
  reduce(ReduceMean, x, axes, keepdims);
/** The largest element; takes no gradient. */
export const reduceMax = (x: Value, axes: readonly number[], keepdims = true): Value =>
  reduce(ReduceMax, x, axes, keepdims);

/** Undoes broadcasting: sums `x` over the axes that `shape` lacks or has as 1. */
export function sumToShape(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape.flatMap((dim, axis) => (axis < extra || (shape[axis - extra] === 1 && dim !== 1) ? [axis] : []));
  const leading = axes.filter((axis) => axis < extra);
  const kept = axes.filter((axis) => axis >= extra);
  const summed = kept.length === 0 ? x : reduceSum(x, kept, true);
  return leading.length === 0 ? summed : reduceSum(summed, leading, false);
}
