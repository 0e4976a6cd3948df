import { floatAttribute, intAttribute, onlyGradient, type Operator } from '../operator.ts';
import { broadcastShapes, shapeError, type Shape } from '../shape.ts';
import type { Value } from '../value.ts';
import { scale } from './elementwise.ts';
import { reshapeLike, transposeLast } from './movement.ts';
import { sumToShape } from './reduction.ts';

/** NumPy's matmul: vectors gain an axis that the result loses again; leading axes broadcast. */
const MatMul: Operator = {
  name: 'MatMul',
  infer: ([a, b]) => {
    const [left, right] = asMatrices(a!.shape, b!.shape);
    if (a!.dtype !== b!.dtype || left.at(-1) !== right.at(-2))
      throw shapeError('MatMul', 'cannot multiply', a!.shape, b!.shape);
    const batch = broadcastShapes('MatMul', left.slice(0, -2), right.slice(0, -2));
    const rows = a!.shape.length === 1 ? [] : [left.at(-2)!];
    const columns = b!.shape.length === 1 ? [] : [right.at(-1)!];
    return [{ dtype: a!.dtype, shape: [...batch, ...rows, ...columns] }];
  },
  vjp: (node, gradients, wanted) => {
    const [a, b] = node.inputs as readonly [Value, Value];
    const [left, right] = asMatrices(a.shape, b.shape);
    const batch = broadcastShapes('MatMul', left.slice(0, -2), right.slice(0, -2));
    const matrix = (x: Value, shape: Shape): Value => reshapeLike(x, shape, x);
    const gradient = matrix(onlyGradient(gradients), [...batch, left.at(-2)!, right.at(-1)!]);
    const back = (product: Value, operand: Value, shape: Shape): Value =>
      reshapeLike(sumToShape(product, shape), operand.shape, operand);
    return [
      wanted[0] ? back(matMul(gradient, transposeLast(matrix(b, right))), a, left) : null,
      wanted[1] ? back(matMul(transposeLast(matrix(a, left)), gradient), b, right) : null,
    ];
  },
};

function asMatrices(a: Shape, b: Shape): readonly [Shape, Shape] {
  return [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
}

export const matMul = (a: Value, b: Value): Value => a.graph.applyOne(MatMul, [a, b]);

/** alpha A' B' + beta C for matrices; A' and B' are transposed where the attributes say so, C broadcasts. */
const Gemm: Operator = {
  name: 'Gemm',
  infer: ([a, b, c], attributes) => {
    const [left, right] = [turned(a!, attributes['transA']), turned(b!, attributes['transB'])];
    if (left.length !== 2 || right.length !== 2 || left[1] !== right[0] || a!.dtype !== b!.dtype) {
      throw shapeError('Gemm', 'cannot multiply', left, right);
    }
    const shape = [left[0]!, right[1]!];
    if (c && broadcastShapes('Gemm', shape, c.shape).some((dim, axis) => dim !== shape[axis])) {
      throw shapeError('Gemm', 'the addend does not broadcast to the product:', c.shape, shape);
    }
    return [{ dtype: a!.dtype, shape }];
  },
  vjp: (node, gradients, wanted) => {
    const [a, b, c] = node.inputs as readonly [Value, Value, Value | undefined];
    const gradient = onlyGradient(gradients);
    const alpha = floatAttribute(node.attributes, 'alpha', 1);
    const [transA, transB] = [
      intAttribute(node.attributes, 'transA', 0) === 1,
      intAttribute(node.attributes, 'transB', 0) === 1,
    ];
    // The same weight, read the other way round: no transposed copy is made.
    const forA = (): Value =>
      transA
        ? gemm(b, gradient, { transA: transB, transB: true, alpha })
        : gemm(gradient, b, { transB: !transB, alpha });
    const forB = (): Value =>
      transB
        ? gemm(gradient, a, { transA: true, transB: transA, alpha })
        : gemm(a, gradient, { transA: !transA, alpha });
    const forC = (addend: Value): Value =>
      sumToShape(scale(gradient, floatAttribute(node.attributes, 'beta', 1)), addend.shape);
    return [wanted[0] ? forA() : null, wanted[1] ? forB() : null, ...(c ? [wanted[2] ? forC(c) : null] : [])];
  },
};

function turned(x: Value, attribute: unknown): Shape {
  const transposed = attribute !== undefined && (attribute as { readonly int: number }).int === 1;
  return transposed ? [...x.shape].reverse() : x.shape;
}

export interface GemmOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
  readonly beta?: number;
  readonly addend?: Value | undefined;
}

export function gemm(a: Value, b: Value, options: GemmOptions = {}): Value {
  return a.graph.applyOne(Gemm, options.addend ? [a, b, options.addend] : [a, b], {
    transA: { int: options.transA ? 1 : 0 },
    transB: { int: options.transB ? 1 : 0 },
    alpha: { float: options.alpha ?? 1 },
    beta: { float: options.beta ?? 1 },
  });
}
