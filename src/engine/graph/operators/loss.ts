import { intAttribute, onlyGradient, stringAttribute, type Operator } from '../operator.ts';
import { shapeError } from '../shape.ts';
import type { Value } from '../value.ts';
import { softmax } from './activation.ts';
import { div, equal, mul, sub, where } from './elementwise.ts';
import { oneHot } from './indexing.ts';
import { reshape } from './movement.ts';
import { reduceSum } from './reduction.ts';

/** Cross entropy of logits (n, classes) against labels (n); rows whose label is `ignore_index` do not count. A scalar. */
const SoftmaxCrossEntropyLoss: Operator = {
  name: 'SoftmaxCrossEntropyLoss',
  infer: ([logits, labels]) => {
    if (
      logits!.shape.length !== 2 ||
      labels!.shape.length !== 1 ||
      logits!.shape[0] !== labels!.shape[0] ||
      labels!.dtype !== 'int64'
    ) {
      throw shapeError('SoftmaxCrossEntropyLoss', 'labels do not fit the logits:', logits!.shape, labels!.shape);
    }
    return [{ dtype: logits!.dtype, shape: [] }];
  },
  vjp: (node, gradients) => {
    const [logits, labels] = node.inputs as readonly [Value, Value];
    const classes = logits.shape[1];
    if (typeof classes !== 'number')
      throw shapeError('SoftmaxCrossEntropyLoss', 'the number of classes must be known:', logits.shape);
    const graph = logits.graph;
    const ignored = equal(labels, graph.ints(intAttribute(node.attributes, 'ignore_index', -100)));
    const counted = where(ignored, graph.floats(0), graph.floats(1)); // (n)
    const mean = stringAttribute(node.attributes, 'reduction', 'mean') === 'mean';
    const weight = mul(onlyGradient(gradients), mean ? div(counted, reduceSum(counted, [0])) : counted);
    return [mul(sub(softmax(logits), oneHot(labels, classes)), reshape(weight, [-1, 1])), null];
  },
};

export const crossEntropy = (
  logits: Value,
  labels: Value,
  reduction: 'mean' | 'sum' = 'mean',
  ignoreIndex = -100,
): Value =>
  logits.graph.applyOne(SoftmaxCrossEntropyLoss, [logits, labels], {
    reduction: { string: reduction },
    ignore_index: { int: ignoreIndex },
  });
