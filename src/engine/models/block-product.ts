import type { Graph } from '../graph/graph.ts';
import { add } from '../graph/operators/elementwise.ts';
import { gemm } from '../graph/operators/matrix.ts';
import { reshape } from '../graph/operators/movement.ts';
import { quantisedProduct } from '../graph/operators/quantised-matrix.ts';
import { reduceSum } from '../graph/operators/reduction.ts';
import type { Value } from '../graph/value.ts';
import { BLOCK_FORMATS } from '../weights/block-formats.ts';
import { dequantise, pack, packedBits, type BlockMatrix, type PackedMatrix } from '../weights/block-matrix.ts';
import { released } from '../weights/scratch-memory.ts';

/**
 * x times a transposed matrix in blocks, which is not widened for it: scale (quant - c) by MatMulNBits, and the offsets of formats
 * with a minimum by a second, small product with the sums of x over each group. (T, K) -> (T, N)
 */
export function blockProduct(
  x: Value,
  name: string,
  matrix: BlockMatrix,
  read: () => Uint8Array,
  addend?: Value,
): Value {
  const { rows, columns, format } = matrix;
  const { group, hasMinimum } = BLOCK_FORMATS[format];
  const bits = packedBits(format);
  const groups = columns / group;
  const parts = onceForAll(hasMinimum ? 3 : 2, () => released(read(), (bytes) => pack(matrix, bytes)));
  const { graph } = x;
  const part = (key: 'scales' | 'offsets'): Value =>
    graph.computed(`${name}.${key}`, { dtype: 'float32', shape: [rows, groups] }, () => parts()[key]!);
  const quants = graph.computed(
    `${name}.quants`,
    { dtype: 'uint8', shape: [rows, groups, (group * bits) / 8] },
    () => parts().quants,
  );
  const widened = (graph: Graph): Value =>
    graph.computed(`${name}.centred`, { dtype: 'float32', shape: [rows, columns] }, () =>
      released(read(), (bytes) => dequantise(matrix, bytes, 'centred')),
    );
  const main = quantisedProduct(x, { bits, group, quants, scales: part('scales') }, widened);
  const product = addend ? add(main, addend) : main;
  return hasMinimum ? gemm(groupSums(x, group), part('offsets'), { transB: true, addend: product }) : product;
}

/** Sums of x over each group of columns; modules that read the same rows share them. (T, K) -> (T, K / group) */
function groupSums(x: Value, group: number): Value {
  const known = sums.get(x);
  if (known) return known;
  const value = reduceSum(reshape(x, [-1, (x.shape[1] as number) / group, group]), [2], false);
  sums.set(x, value);
  return value;
}
const sums = new WeakMap<Value, Value>();

/** Makes the parts of a matrix together and lets go of them when each was taken, as each start of a session takes them. */
function onceForAll(uses: number, make: () => PackedMatrix): () => PackedMatrix {
  let made: PackedMatrix | undefined;
  let left = 0;
  return () => {
    if (made === undefined) [made, left] = [make(), uses];
    const result = made;
    if (--left === 0) made = undefined;
    return result;
  };
}
