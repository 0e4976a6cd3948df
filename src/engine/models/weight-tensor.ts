import type { ExternalData } from '../graph/graph.ts';
import type { Graph } from '../graph/graph.ts';
import { cast } from '../graph/operators/elementwise.ts';
import { gather } from '../graph/operators/indexing.ts';
import { gemm } from '../graph/operators/matrix.ts';
import { reshape, transpose } from '../graph/operators/movement.ts';
import type { DType, Value } from '../graph/value.ts';
import { dequantise } from '../weights/block-matrix.ts';
import type { BlockFormatName } from '../weights/block-formats.ts';
import { released } from '../weights/scratch-memory.ts';
import { blockProduct } from './block-product.ts';
import { blockRows } from './block-rows.ts';

interface StoredTensor {
  readonly shape: readonly number[];
  /** Where the bytes lie, as the graph refers to them. */
  readonly external: ExternalData;
  /** A Conv1D's weight that is stored like a Linear's: (out, in). */
  readonly transposed?: boolean;
  /** Rows of a head where the numbers that turn together are neighbours (j, j + d/2 are 2j, 2j + 1), as llama.cpp stores Llama. */
  readonly pairedRows?: number | undefined;
}

/** A tensor of the checkpoint in floating point. */
export interface FloatTensor extends StoredTensor {
  readonly dtype: DType;
}

/** A matrix of the checkpoint in blocks of whole numbers. (N, K) */
export interface BlockTensor extends StoredTensor {
  readonly format: BlockFormatName;
  /** Compute with the exact numbers in float32 instead of with the blocks. */
  readonly exact: boolean;
  /** Its bytes in memory that `releaseScratch` gives back. */
  read(): Uint8Array;
}

export type WeightTensor = FloatTensor | BlockTensor;

/** The whole tensor in float32, one for each name and graph. */
export function wholeTensor(graph: Graph, name: string, tensor: WeightTensor): Value {
  if ('format' in tensor) return exactMatrix(graph, name, tensor);
  const value = cast(graph.external(name, tensor, tensor.external), 'float32');
  return tensor.pairedRows === undefined ? value : unpaired(value, tensor.shape, tensor.pairedRows);
}

/** Rows of a matrix in float32; only they are read. (T, K) */
export function tensorRows(graph: Graph, name: string, tensor: WeightTensor, indices: Value): Value {
  if (tensor.pairedRows !== undefined) throw new Error(`${name} is no embedding.`);
  if (!('format' in tensor)) return cast(gather(graph.external(name, tensor, tensor.external), indices), 'float32');
  return blockRows(graph, name, tensor, indices);
}

/** x times the transposed matrix, plus `addend` (N). (T, K) -> (T, N) */
export function tensorProduct(x: Value, name: string, tensor: WeightTensor, addend?: Value): Value {
  if (!('format' in tensor) || tensor.exact) {
    return gemm(x, wholeTensor(x.graph, name, tensor), { transB: true, addend });
  }
  return blockProduct(x, name, matrixOf(tensor), () => tensor.read(), addend);
}

function exactMatrix(graph: Graph, name: string, tensor: BlockTensor): Value {
  return graph.computed(`${name}.float32`, { dtype: 'float32', shape: tensor.shape }, () =>
    released(tensor.read(), (bytes) => dequantise(matrixOf(tensor), bytes)),
  );
}

export function matrixOf({ format, shape, pairedRows }: BlockTensor) {
  const [rows, columns] = shape as readonly [number, number];
  return { format, rows, columns, sourceRow: pairedRows === undefined ? sameRow : pairedRow(pairedRows) };
}

const sameRow = (row: number): number => row;

/** Where row j + half d of a head, half 0 or 1, lies in a file that has the two halves row by row. */
const pairedRow =
  (headDim: number) =>
  (row: number): number => {
    const within = row % headDim;
    const half = headDim / 2;
    return row - within + 2 * (within % half) + Math.trunc(within / half);
  };

/** The same for numbers in floating point, of a matrix or a bias. */
function unpaired(value: Value, shape: readonly number[], headDim: number): Value {
  const rest = shape.slice(1);
  const axes = rest.map((_, at) => at + 3);
  return reshape(transpose(reshape(value, [-1, headDim / 2, 2, ...rest]), [0, 2, 1, ...axes]), shape);
}
