import { onlyGradient, type Operator } from '../operator.ts';
import { broadcastShapes, shapeError } from '../shape.ts';
import type { DType, TensorType, Value } from '../value.ts';
import { sumToShape } from './reduction.ts';

function sameDType(operator: string, [a, b]: readonly TensorType[]): DType {
  if (!a || a.dtype !== b?.dtype)
    throw shapeError(operator, `${a?.dtype} does not go with ${b?.dtype}:`, a?.shape ?? [], b?.shape ?? []);
  return a.dtype;
}

type BinaryRule = (a: Value, b: Value, gradient: Value, output: Value) => readonly [() => Value, () => Value];

/** A broadcasting operator of two operands; the rule gives each gradient before it is summed to its operand's shape. */
function binary(name: string, rule: BinaryRule): Operator {
  return {
    name,
    infer: (inputs) => [
      { dtype: sameDType(name, inputs), shape: broadcastShapes(name, inputs[0]!.shape, inputs[1]!.shape) },
    ],
    vjp: (node, gradients, wanted) => {
      const [a, b] = node.inputs as readonly [Value, Value];
      const rules = rule(a, b, onlyGradient(gradients), node.outputs[0]!);
      return [a, b].map((operand, at) => (wanted[at] ? sumToShape(rules[at]!(), operand.shape) : null));
    },
  };
}

const Add = binary('Add', (_a, _b, gradient) => [() => gradient, () => gradient]);
const Sub = binary('Sub', (_a, _b, gradient) => [() => gradient, () => neg(gradient)]);
const Mul = binary('Mul', (a, b, gradient) => [() => mul(gradient, b), () => mul(gradient, a)]);
const Div = binary('Div', (_a, b, gradient, output) => [
  () => div(gradient, b),
  () => neg(div(mul(gradient, output), b)),
]);
/** x^c; the exponent is a constant and takes no gradient. */
const Pow: Operator = {
  ...binary('Pow', (x, exponent, gradient) => [
    () => mul(gradient, mul(exponent, pow(x, sub(exponent, exponent.graph.floats(1))))),
    () => {
      throw shapeError('Pow', 'the exponent takes no gradient:', exponent.shape);
    },
  ]),
};

export const add = (a: Value, b: Value): Value => a.graph.applyOne(Add, [a, b]);
export const sub = (a: Value, b: Value): Value => a.graph.applyOne(Sub, [a, b]);
export const mul = (a: Value, b: Value): Value => a.graph.applyOne(Mul, [a, b]);
export const div = (a: Value, b: Value): Value => a.graph.applyOne(Div, [a, b]);
export const pow = (a: Value, b: Value): Value => a.graph.applyOne(Pow, [a, b]);
/** `x` times a plain number. */
export const scale = (x: Value, factor: number): Value => (factor === 1 ? x : mul(x, x.graph.floats(factor)));

type UnaryRule = (x: Value, gradient: Value, output: Value) => Value;

function unary(name: string, rule: UnaryRule): Operator {
  return {
    name,
    infer: (inputs) => [{ dtype: inputs[0]!.dtype, shape: inputs[0]!.shape }],
    vjp: (node, gradients) => [rule(node.inputs[0]!, onlyGradient(gradients), node.outputs[0]!)],
  };
}

const one = (value: Value): Value => value.graph.floats(1);

const Neg = unary('Neg', (_x, gradient) => neg(gradient));
const Exp = unary('Exp', (_x, gradient, output) => mul(gradient, output));
const Log = unary('Log', (x, gradient) => div(gradient, x));
const Sqrt = unary('Sqrt', (_x, gradient, output) => div(scale(gradient, 0.5), output));
const Reciprocal = unary('Reciprocal', (_x, gradient, output) => neg(mul(gradient, mul(output, output))));
const Tanh = unary('Tanh', (_x, gradient, output) => mul(gradient, sub(one(output), mul(output, output))));
const Sigmoid = unary('Sigmoid', (_x, gradient, output) => mul(gradient, mul(output, sub(one(output), output))));
const Erf = unary('Erf', (x, gradient) => mul(gradient, scale(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))));
/** The gradient at exactly 0 is 0, as in PyTorch. */
const Relu = unary('Relu', (_x, gradient, output) =>
  where(greater(output, output.graph.floats(0)), gradient, output.graph.floats(0)),
);

export const neg = (x: Value): Value => x.graph.applyOne(Neg, [x]);
export const exp = (x: Value): Value => x.graph.applyOne(Exp, [x]);
export const log = (x: Value): Value => x.graph.applyOne(Log, [x]);
export const sqrt = (x: Value): Value => x.graph.applyOne(Sqrt, [x]);
export const reciprocal = (x: Value): Value => x.graph.applyOne(Reciprocal, [x]);
export const tanh = (x: Value): Value => x.graph.applyOne(Tanh, [x]);
export const sigmoid = (x: Value): Value => x.graph.applyOne(Sigmoid, [x]);
export const erf = (x: Value): Value => x.graph.applyOne(Erf, [x]);
export const relu = (x: Value): Value => x.graph.applyOne(Relu, [x]);

function comparison(name: string): Operator {
  return {
    name,
    infer: (inputs) => {
      sameDType(name, inputs);
      return [{ dtype: 'bool', shape: broadcastShapes(name, inputs[0]!.shape, inputs[1]!.shape) }];
    },
  };
}
const Greater = comparison('Greater');
const Equal = comparison('Equal');
export const greater = (a: Value, b: Value): Value => a.graph.applyOne(Greater, [a, b]);
export const equal = (a: Value, b: Value): Value => a.graph.applyOne(Equal, [a, b]);

/** x where the condition holds, y elsewhere, all three broadcast. */
const Where: Operator = {
  name: 'Where',
  infer: ([condition, x, y]) => {
    if (condition?.dtype !== 'bool') throw shapeError('Where', 'the condition must be bool:', condition?.shape ?? []);
    const dtype = sameDType('Where', [x!, y!]);
    return [{ dtype, shape: broadcastShapes('Where', condition.shape, broadcastShapes('Where', x!.shape, y!.shape)) }];
  },
  vjp: (node, gradients, wanted) => {
    const [condition, x, y] = node.inputs as readonly [Value, Value, Value];
    const gradient = onlyGradient(gradients);
    const zero = gradient.graph.floats(0);
    return [
      null,
      wanted[1] ? sumToShape(where(condition, gradient, zero), x.shape) : null,
      wanted[2] ? sumToShape(where(condition, zero, gradient), y.shape) : null,
    ];
  },
};
export const where = (condition: Value, x: Value, y: Value): Value =>
  condition.graph.applyOne(Where, [condition, x, y]);

/** Float to float passes the gradient, converted back; other casts take none. */
const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16';
export const CAST_CODES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};
const Cast: Operator = {
  name: 'Cast',
  infer: ([x], attributes) => {
    const code = attributes['to'] && 'int' in attributes['to'] ? attributes['to'].int : -1;
    const dtype = (Object.keys(CAST_CODES) as DType[]).find((name) => CAST_CODES[name] === code);
    if (!dtype) throw shapeError('Cast', `there is no element type ${code} for`, x!.shape);
    return [{ dtype, shape: x!.shape }];
  },
  vjp: (node, gradients) => {
    const x = node.inputs[0]!;
    return [isFloat(x.dtype) && isFloat(node.outputs[0]!.dtype) ? cast(onlyGradient(gradients), x.dtype) : null];
  },
};
export const cast = (x: Value, dtype: DType): Value =>
  x.dtype === dtype ? x : x.graph.applyOne(Cast, [x], { to: { int: CAST_CODES[dtype] } });
