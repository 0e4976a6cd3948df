import type { Graph } from '../graph.ts';
import { onlyGradient, type Operator } from '../operator.ts';
import { shapeError } from '../shape.ts';
import type { Value } from '../value.ts';
import { gemm } from './matrix.ts';

/** A matrix (N, K) of whole numbers from 0 to 2^bits - 1, with a scale for each group of a row. */
export interface QuantisedMatrix {
  readonly bits: 4 | 8;
  /** Consecutive columns that share a scale; a power of 2, at least 16. */
  readonly group: number;
  /** (N, K / group, group * bits / 8) uint8; of two 4-bit numbers in a byte the first has the low bits. */
  readonly quants: Value;
  /** (N, K / group) */
  readonly scales: Value;
}

/**
 * ONNX Runtime's MatMulNBits (com.microsoft): x W' with W = scale (quant - 2^(bits - 1)). At accuracy level 4 the rows of x are
 * rounded to 8 bits, group by group. The gradient multiplies with `widened`, W in float32 (N, K), which is made only if it is used.
 */
function operatorOf({ bits, group }: QuantisedMatrix, widened: (graph: Graph) => Value): Operator {
  return {
    name: 'MatMulNBits',
    domain: 'com.microsoft',
    infer: ([x, quants, scales]) => {
      const [rows, groups, bytes] = quants!.shape;
      const fits = bytes === (group * bits) / 8 && scales!.shape[0] === rows && scales!.shape[1] === groups;
      if (!fits || x!.shape.length !== 2 || x!.shape[1] !== Number(groups) * group)
        throw shapeError('MatMulNBits', 'cannot multiply', x!.shape, quants!.shape, scales!.shape);
      return [{ dtype: 'float32', shape: [x!.shape[0]!, rows!] }];
    },
    vjp: (node, gradients) => [gemm(onlyGradient(gradients), widened(node.inputs[0]!.graph)), null, null],
  };
}

/** (T, K) times the transposed matrix. (T, N) */
export function quantisedProduct(x: Value, matrix: QuantisedMatrix, widened: (graph: Graph) => Value): Value {
  const { bits, group, quants, scales } = matrix;
  return x.graph.applyOne(operatorOf(matrix, widened), [x, quants, scales], {
    K: { int: x.shape[1] as number },
    N: { int: quants.shape[0] as number },
    bits: { int: bits },
    block_size: { int: group },
    accuracy_level: { int: 4 },
  });
}
