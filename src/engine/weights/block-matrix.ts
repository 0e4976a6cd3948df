import { CodedError } from '../../protocol/coded-error.ts';
import { BLOCK_FORMATS, DecodedBlock, type BlockFormatName } from './block-formats.ts';
import { scratchBytes, scratchFloats } from './scratch-memory.ts';

/** A matrix in blocks, row by row as a GGUF file has it. */
export interface BlockMatrix {
  readonly format: BlockFormatName;
  readonly rows: number;
  readonly columns: number;
  /** Row of the file that is row `row` of the matrix. */
  readonly sourceRow: (row: number) => number;
}

/** A matrix as ONNX Runtime's MatMulNBits takes it: scale (quant - 2^(bits - 1)), plus an offset for each group. */
export interface PackedMatrix {
  /** 4 or 8 bits a quant, of two in a byte the first in the low bits. (rows, columns / group, group * bits / 8) */
  readonly quants: Uint8Array<ArrayBuffer>;
  /** (rows, columns / group) */
  readonly scales: Float32Array<ArrayBuffer>;
  /** What is added to each number of a group; absent for formats without a minimum. (rows, columns / group) */
  readonly offsets: Float32Array<ArrayBuffer> | undefined;
}

/** Formats with 5 and 6 bits are packed as 8. */
export function packedBits(format: BlockFormatName): 4 | 8 {
  return BLOCK_FORMATS[format].bits === 4 ? 4 : 8;
}

/**
 * The numbers of the matrix in float32, rounded as ggml rounds them; `centred` are those that {@link pack} has without its
 * offsets. (rows, columns)
 */
export function dequantise(
  matrix: BlockMatrix,
  bytes: Uint8Array,
  kind: 'exact' | 'centred' = 'exact',
): Float32Array<ArrayBuffer> {
  const { group, bits, elements, ...format } = BLOCK_FORMATS[matrix.format];
  const hasMinimum = format.hasMinimum && kind === 'exact';
  const numbers = scratchFloats(matrix.rows * matrix.columns);
  const centre = hasMinimum ? 0 : 2 ** (bits - 1);
  const fround = Math.fround;
  eachBlock(matrix, bytes, ({ quants, scales, minimums }, index) => {
    for (let i = 0, to = index * elements; i < elements; i++, to++) {
      const at = Math.trunc(i / group);
      const scaled = fround(scales[at]! * (quants[i]! - centre));
      numbers[to] = hasMinimum ? scaled + minimums[at]! : scaled;
    }
  });
  return numbers;
}

/**
 * The same numbers for MatMulNBits, nothing rounded but the offsets to float32: a quant of 5 or 6 bits moves to the upper end of
 * its byte and its scale shrinks by as much, and scale quant + minimum is scale (quant - c) + (minimum + c scale).
 *
 * @throws CodedError `model-damaged` where a scale or a minimum is infinity or NaN.
 */
export function pack(matrix: BlockMatrix, bytes: Uint8Array): PackedMatrix {
  const { group, bits, hasMinimum, elements } = BLOCK_FORMATS[matrix.format];
  const groups = elements / group;
  const count = (matrix.rows * matrix.columns) / group;
  const width = packedBits(matrix.format);
  const shift = width - bits;
  const packed = scratchBytes((count * group * width) / 8);
  const scales = scratchFloats(count);
  const offsets = hasMinimum ? scratchFloats(count) : undefined;
  eachBlock(matrix, bytes, (block, index) => {
    for (let g = 0; g < groups; g++) {
      const to = index * groups + g;
      scales[to] = block.scales[g]! / 2 ** shift;
      if (offsets) offsets[to] = block.minimums[g]! + 2 ** (bits - 1) * block.scales[g]!;
    }
    const { quants } = block;
    if (width === 4) packNibbles(quants, elements, packed, (index * elements) / 2);
    else for (let i = 0; i < elements; i++) packed[index * elements + i] = quants[i]! << shift;
  });
  // Activations are rounded to 8 bits on the way: what is no number would come out as one.
  for (const numbers of [scales, offsets ?? []]) {
    if (!numbers.every(Number.isFinite)) throw notFinite();
  }
  return { quants: packed, scales, offsets };
}

const notFinite = (): CodedError =>
  new CodedError(
    'model-damaged',
    'A quantised matrix of the model has a scale that is infinity or NaN.',
    'Download the file again from where the model came from.',
  );

function packNibbles(quants: Uint8Array, count: number, packed: Uint8Array, to: number): void {
  for (let i = 0; i < count / 2; i++) packed[to + i] = quants[2 * i]! | (quants[2 * i + 1]! << 4);
}

/** Hands every block to `use`, in the order of the matrix; the block is the same object each time. */
function eachBlock(matrix: BlockMatrix, bytes: Uint8Array, use: (block: DecodedBlock, index: number) => void): void {
  const format = BLOCK_FORMATS[matrix.format];
  const perRow = matrix.columns / format.elements;
  const block = new DecodedBlock();
  for (let row = 0; row < matrix.rows; row++) {
    const start = matrix.sourceRow(row) * perRow * format.bytes;
    for (let at = 0; at < perRow; at++) {
      format.decode(bytes, start + at * format.bytes, block);
      use(block, row * perRow + at);
    }
  }
}
