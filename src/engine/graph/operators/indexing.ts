import { constantNumbers, intAttribute, onlyGradient, type Operator } from '../operator.ts';
import { normalizeAxis, shapeError, type Dim } from '../shape.ts';
import type { Value } from '../value.ts';
import { reshape, transpose, zerosLike } from './movement.ts';

/** Rows of `x` along `axis`, named by an int64 tensor of any shape; a scalar index removes the axis. */
const Gather: Operator = {
  name: 'Gather',
  infer: ([x, indices], attributes) => {
    if (indices!.dtype !== 'int64')
      throw shapeError('Gather', `indices must be int64, not ${indices!.dtype}:`, indices!.shape);
    const axis = normalizeAxis('Gather', intAttribute(attributes, 'axis', 0), x!.shape);
    return [{ dtype: x!.dtype, shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)] }];
  },
  vjp: (node, gradients) => {
    const [x, indices] = node.inputs as readonly [Value, Value];
    const axis = normalizeAxis('Gather', intAttribute(node.attributes, 'axis', 0), x.shape);
    const flat = reshape(indices, [-1]);
    return [scatterAdd(flattenAxes(onlyGradient(gradients), axis, indices.shape.length), flat, x, axis), null];
  },
};
export const gather = (x: Value, indices: Value, axis = 0): Value =>
  x.graph.applyOne(Gather, [x, indices], { axis: { int: axis } });

/** Joins `count` axes from `axis` on into one (adds one where count is 0). */
function flattenAxes(x: Value, axis: number, count: number): Value {
  if (count === 1) return x;
  const dims = [...x.shape.slice(0, axis), -1 as Dim, ...x.shape.slice(axis + count)];
  const target = dims.map((dim, at) => {
    if (typeof dim === 'number') return dim;
    if (at < axis) return 0;
    throw shapeError('Gather', 'no gradient with a symbolic axis behind the indices of', x.shape);
  });
  return reshape(x, target);
}

/** data with updates put, or added, at indices; indices (..., k) name places on the first k axes, updates are (..., rest of data). */
const ScatterND: Operator = {
  name: 'ScatterND',
  infer: ([data]) => [{ dtype: data!.dtype, shape: data!.shape }],
};

/** data with rows put in at indices (..., 2) on its first two axes; takes no gradient. data (a, b, n), rows (..., n) */
export const scatterRows = (data: Value, indices: Value, rows: Value): Value =>
  data.graph.applyOne(ScatterND, [data, indices, rows]);

/**
 * Zeros shaped like `like` with each row of `rows` (n of them along `axis`) added at its position: what Gather and Slice took
 * is put back. Positions that occur twice add up.
 */
export function scatterAdd(rows: Value, positions: Value, like: Value, axis: number): Value {
  const rank = like.shape.length;
  const toFront = [axis, ...[...Array(rank).keys()].filter((at) => at !== axis)];
  const back = toFront.map((_, at) => toFront.indexOf(at));
  const move = (x: Value, perm: readonly number[]): Value => (axis === 0 ? x : transpose(x, perm));
  const scattered = like.graph.applyOne(
    ScatterND,
    [move(zerosLike(like), toFront), reshape(positions, [-1, 1]), move(rows, toFront)],
    { reduction: { string: 'add' } },
  );
  return move(scattered, back);
}

const OneHot: Operator = {
  name: 'OneHot',
  infer: ([labels, depth], attributes) => {
    if (intAttribute(attributes, 'axis', -1) !== -1)
      throw shapeError('OneHot', 'only the last axis is supported for', labels!.shape);
    return [{ dtype: 'float32', shape: [...labels!.shape, constantNumbers('OneHot', depth)[0]!] }];
  },
};
/** float32 (..., classes): 1 at each label, 0 elsewhere; takes no gradient. Labels from -classes to -1 count from the end. */
export const oneHot = (labels: Value, classes: number): Value =>
  labels.graph.applyOne(OneHot, [labels, labels.graph.ints(classes), labels.graph.floats([0, 1], [2])], {
    axis: { int: -1 },
  });
