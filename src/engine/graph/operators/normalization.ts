import { floatAttribute, onlyGradient, type Operator } from '../operator.ts';
import { sameShape, shapeError } from '../shape.ts';
import type { Value } from '../value.ts';
import { add, div, mul, sqrt, sub } from './elementwise.ts';
import { reduceMean, sumToShape } from './reduction.ts';

function checkScale(name: string, x: Value, scale: Value): void {
  if (!sameShape(scale.shape, x.shape.slice(-1)))
    throw shapeError(name, 'the scale does not fit the last axis:', x.shape, scale.shape);
}

/** (x - mean) / sqrt(variance + epsilon) times scale plus bias, over the last axis. */
const LayerNormalization: Operator = {
  name: 'LayerNormalization',
  infer: ([x, scale, bias]) => {
    checkScale('LayerNormalization', x!, scale!);
    if (bias) checkScale('LayerNormalization', x!, bias);
    return [{ dtype: x!.dtype, shape: x!.shape }];
  },
  vjp: (node, gradients, wanted) => {
    const [x, scale, bias] = node.inputs as readonly [Value, Value, Value | undefined];
    const gradient = onlyGradient(gradients);
    const centred = sub(x, reduceMean(x, [-1]));
    const deviation = deviationOf(centred, node);
    const normal = div(centred, deviation);
    const inner = mul(gradient, scale);
    const forX = (): Value =>
      div(sub(sub(inner, reduceMean(inner, [-1])), mul(normal, reduceMean(mul(inner, normal), [-1]))), deviation);
    return [
      wanted[0] ? forX() : null,
      wanted[1] ? sumToShape(mul(gradient, normal), scale.shape) : null,
      ...(bias ? [wanted[2] ? sumToShape(gradient, bias.shape) : null] : []),
    ];
  },
};

/** sqrt(mean(x^2) + epsilon) over the last axis, kept as 1. */
function deviationOf(x: Value, node: { readonly attributes: Parameters<typeof floatAttribute>[0] }): Value {
  return sqrt(add(reduceMean(mul(x, x), [-1]), x.graph.floats(floatAttribute(node.attributes, 'epsilon', 1e-5))));
}

export const layerNormalization = (x: Value, scale: Value, bias: Value | undefined, epsilon: number): Value =>
  x.graph.applyOne(LayerNormalization, bias ? [x, scale, bias] : [x, scale], {
    axis: { int: -1 },
    epsilon: { float: epsilon },
  });

/** x / sqrt(mean(x^2) + epsilon) times scale, over the last axis (Zhang and Sennrich 2019). */
const RMSNormalization: Operator = {
  name: 'RMSNormalization',
  infer: ([x, scale]) => {
    checkScale('RMSNormalization', x!, scale!);
    return [{ dtype: x!.dtype, shape: x!.shape }];
  },
  vjp: (node, gradients, wanted) => {
    const [x, scale] = node.inputs as readonly [Value, Value];
    const gradient = onlyGradient(gradients);
    const deviation = deviationOf(x, node);
    const normal = div(x, deviation);
    const inner = mul(gradient, scale);
    return [
      wanted[0] ? div(sub(inner, mul(normal, reduceMean(mul(inner, normal), [-1]))), deviation) : null,
      wanted[1] ? sumToShape(mul(gradient, normal), scale.shape) : null,
    ];
  },
};

export const rmsNormalization = (x: Value, scale: Value, epsilon: number): Value =>
  x.graph.applyOne(RMSNormalization, [x, scale], { axis: { int: -1 }, epsilon: { float: epsilon } });
