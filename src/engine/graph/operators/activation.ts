import { intAttribute, onlyGradient, stringAttribute, type Operator } from '../operator.ts';
import { normalizeAxis } from '../shape.ts';
import type { Value } from '../value.ts';
import { add, erf, exp, mul, neg, scale, sigmoid, sub, tanh } from './elementwise.ts';
import { reduceSum } from './reduction.ts';

const Softmax: Operator = {
  name: 'Softmax',
  infer: ([x], attributes) => {
    normalizeAxis('Softmax', intAttribute(attributes, 'axis', -1), x!.shape);
    return [{ dtype: x!.dtype, shape: x!.shape }];
  },
  // dx = (g - sum(g y)) y; where a mask made y exactly 0, dx is exactly 0.
  vjp: (node, gradients) => {
    const y = node.outputs[0]!;
    const weighted = mul(onlyGradient(gradients), y);
    const total = reduceSum(weighted, [intAttribute(node.attributes, 'axis', -1)], true);
    return [sub(weighted, mul(y, total))];
  },
};
export const softmax = (x: Value, axis = -1): Value => x.graph.applyOne(Softmax, [x], { axis: { int: axis } });

/** `none`: x Phi(x); `tanh`: Hendrycks and Gimpel's approximation, GPT-2's gelu_new. */
const Gelu: Operator = {
  name: 'Gelu',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  vjp: (node, gradients) => {
    const x = node.inputs[0]!;
    const slope =
      stringAttribute(node.attributes, 'approximate', 'none') === 'tanh' ? tanhGeluSlope(x) : erfGeluSlope(x);
    return [mul(onlyGradient(gradients), slope)];
  },
};
export const gelu = (x: Value, approximate: 'none' | 'tanh'): Value =>
  x.graph.applyOne(Gelu, [x], { approximate: { string: approximate } });

/** Phi(x) + x phi(x) with the normal distribution's Phi and density phi. */
function erfGeluSlope(x: Value): Value {
  const cumulative = scale(add(x.graph.floats(1), erf(scale(x, Math.SQRT1_2))), 0.5);
  const density = scale(exp(neg(scale(mul(x, x), 0.5))), 1 / Math.sqrt(2 * Math.PI));
  return add(cumulative, mul(x, density));
}

/** With u = c (x + a x^3) and t = tanh u: (1 + t) / 2 + x (1 - t^2) c (1 + 3 a x^2) / 2. */
function tanhGeluSlope(x: Value): Value {
  const [c, a] = [Math.sqrt(2 / Math.PI), 0.044715];
  const one = x.graph.floats(1);
  const square = mul(x, x);
  const t = tanh(scale(mul(x, add(one, scale(square, a))), c));
  const rise = mul(mul(x, sub(one, mul(t, t))), scale(add(one, scale(square, 3 * a)), c));
  return scale(add(add(one, t), rise), 0.5);
}

/** x sigmoid(x); written out, and fused by the runtime. */
export const silu = (x: Value): Value => mul(x, sigmoid(x));
