import type { ExternalData, Graph } from '../graph/graph.ts';
import { flipBits, maskBits, orBits, shiftLeft, shiftRight } from '../graph/operators/bitwise.ts';
import { add, cast, mul, neg, sub } from '../graph/operators/elementwise.ts';
import { gather } from '../graph/operators/indexing.ts';
import { concat, reshape, slice } from '../graph/operators/movement.ts';
import type { Value } from '../graph/value.ts';
import { BLOCK_FORMATS, type BlockFormatName } from '../weights/block-formats.ts';

/** A matrix in blocks as its file has it. (N, K) */
interface StoredBlocks {
  readonly format: BlockFormatName;
  readonly shape: readonly number[];
  readonly external: ExternalData;
}

/** Rows taken apart within the graph: T rows of B blocks, each of G groups of n numbers. */
interface Groups {
  /** From 0 to 2^bits - 1. (T, B, G, n) uint8 */
  readonly quants: Value;
  /** (T, B, G, 1) float32 */
  readonly scales: Value;
  readonly minimums?: Value;
}

/**
 * Rows of a matrix in blocks, in float32. The file stays mapped; only the rows that are looked up are widened, by nodes that
 * follow `block-formats.ts` number for number. (T, K)
 */
export function blockRows(
  graph: Graph,
  name: string,
  { format, shape, external }: StoredBlocks,
  indices: Value,
): Value {
  const [rows, columns] = shape as readonly [number, number];
  const { bytes, elements, bits } = BLOCK_FORMATS[format];
  const perRow = columns / elements;
  // The same bytes of the file twice: once as bytes, once as the halves among them.
  const part = (kind: 'uint8' | 'float16', width: number): Value => {
    const matrix = graph.external(`${name}.${kind}`, { dtype: kind, shape: [rows, perRow * width] }, external);
    return reshape(gather(matrix, indices), [-1, perRow, width]); // (T, B, width)
  };
  const block = new BlockBytes(part('uint8', bytes), part('float16', bytes / 2));
  const { quants, scales, minimums } = READERS[format](block);
  const whole = cast(quants, 'float32');
  const scaled = minimums ? add(mul(scales, whole), minimums) : mul(scales, sub(whole, graph.floats(2 ** (bits - 1))));
  return reshape(scaled, [-1, columns]);
}

/** The bytes of T rows of B blocks. */
class BlockBytes {
  readonly #bytes: Value; // (T, B, bytes)
  readonly #halves: Value; // (T, B, bytes / 2)

  constructor(bytes: Value, halves: Value) {
    this.#bytes = bytes;
    this.#halves = halves;
  }

  /** (T, B, count) */
  bytes(start: number, count: number): Value {
    return slice(this.#bytes, { axis: 2, start, end: start + count });
  }

  /** The half at an even byte. (T, B, 1) float32 */
  half(start: number): Value {
    return cast(slice(this.#halves, { axis: 2, start: start / 2, end: start / 2 + 1 }), 'float32');
  }

  /** (T, B, ...sizes) */
  shaped(x: Value, ...sizes: readonly number[]): Value {
    return reshape(x, [-1, x.shape[1] as number, ...sizes]);
  }
}

const READERS: Readonly<Record<BlockFormatName, (block: BlockBytes) => Groups>> = {
  Q4_0: (b) => ({ quants: single(b, nibbles(b.bytes(2, 16))), scales: single(b, b.half(0)) }),
  Q4_1: (b) => ({
    quants: single(b, nibbles(b.bytes(4, 16))),
    scales: single(b, b.half(0)),
    minimums: single(b, b.half(2)),
  }),
  Q5_0: (b) => ({ quants: single(b, withFifthBits(b, 2, nibbles(b.bytes(6, 16)))), scales: single(b, b.half(0)) }),
  Q5_1: (b) => ({
    quants: single(b, withFifthBits(b, 4, nibbles(b.bytes(8, 16)))),
    scales: single(b, b.half(0)),
    minimums: single(b, b.half(2)),
  }),
  Q8_0: (b) => ({ quants: single(b, flipSign(b.bytes(2, 32))), scales: single(b, b.half(0)) }),
  Q4_K: (b) => ({ quants: pairs(b, 16), ...scalesAndMinimums(b) }),
  Q5_K: (b) => {
    const high = shiftRight(b.shaped(b.bytes(16, 32), 1, 32), eachBit(b, [8, 1])); // (T, B, 8, 32)
    return { quants: orBits(pairs(b, 48), shiftLeft(maskBits(high, 1), 4)), ...scalesAndMinimums(b) };
  },
  Q6_K: (b) => {
    const low = b.shaped(nibbles(b.shaped(b.bytes(0, 128), 2, 64)), 2, 4, 32);
    const two = low.graph.bytes([0, 2, 4, 6], [4, 1]);
    const high = shiftRight(b.shaped(b.bytes(128, 64), 2, 1, 32), two); // (T, B, 2, 4, 32)
    const signs = sub(cast(flipSign(b.bytes(192, 16)), 'float32'), low.graph.floats(128)); // (T, B, 16)
    return {
      quants: b.shaped(orBits(low, shiftLeft(maskBits(high, 3), 4)), 16, 16),
      scales: b.shaped(mul(b.half(208), signs), 16, 1),
    };
  },
};

/** One group a block. (T, B, n) -> (T, B, 1, n) */
const single = (block: BlockBytes, x: Value): Value => block.shaped(x, 1, x.shape.at(-1) as number);

/** Low halves of the bytes on the last axis, then the high ones. (..., n) -> (..., 2 n) */
const nibbles = (bytes: Value): Value => concat([maskBits(bytes, 15), highNibble(bytes)], -1);

const highNibble = (bytes: Value): Value => shiftRight(bytes, bytes.graph.bytes([4]));

const eachBit = (block: BlockBytes, shape: readonly number[]): Value =>
  block.bytes(0, 1).graph.bytes([0, 1, 2, 3, 4, 5, 6, 7], shape);

/** Bit i of four bytes is bit 4 of quant i. */
function withFifthBits(block: BlockBytes, start: number, quants: Value): Value {
  const bits = maskBits(shiftRight(block.shaped(block.bytes(start, 4), 4, 1), eachBit(block, [8])), 1); // (T, B, 4, 8)
  return orBits(quants, shiftLeft(block.shaped(bits, 32), 4));
}

/** A signed byte plus 128. */
const flipSign = (bytes: Value): Value => flipBits(bytes, 0x80);

/** 32 bytes hold a group of low halves and one of high halves, four times. (T, B, 8, 32) */
function pairs(block: BlockBytes, start: number): Value {
  return block.shaped(nibbles(block.shaped(block.bytes(start, 128), 4, 32)), 8, 32);
}

/** Eight 6-bit scales and minimums in twelve bytes, times the two halves in front. */
function scalesAndMinimums(block: BlockBytes): { readonly scales: Value; readonly minimums: Value } {
  const [first, second, third] = [4, 8, 12].map((start) => block.bytes(start, 4)) as [Value, Value, Value];
  const topBits = (x: Value): Value => shiftLeft(shiftRight(x, x.graph.bytes([6])), 4);
  const scales = concat([maskBits(first, 63), orBits(maskBits(third, 15), topBits(first))], -1); // (T, B, 8)
  const minimums = concat([maskBits(second, 63), orBits(highNibble(third), topBits(second))], -1);
  const times = (half: Value, six: Value): Value => block.shaped(mul(half, cast(six, 'float32')), 8, 1);
  return { scales: times(block.half(0), scales), minimums: neg(times(block.half(2), minimums)) };
}
