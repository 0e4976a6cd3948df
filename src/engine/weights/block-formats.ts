/**
 * The block formats of ggml (ggml-common.h, ggml-quants.c): numbers in groups that share a scale, and some a minimum as well.
 *
 * Without a minimum a number is scale (quant - 2^(bits - 1)), with one scale quant + minimum; quants go from 0 to 2^bits - 1.
 */
export interface BlockFormat {
  /** Numbers of a block. */
  readonly elements: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Numbers that share a scale. */
  readonly group: number;
  readonly bits: 4 | 5 | 6 | 8;
  readonly hasMinimum: boolean;
  /** Takes the block that starts at `at` apart. */
  decode(bytes: Uint8Array, at: number, block: DecodedBlock): void;
}

/** One block taken apart: room for the largest. */
export class DecodedBlock {
  readonly quants = new Uint8Array(256);
  readonly scales = new Float32Array(16);
  readonly minimums = new Float32Array(16);
}

export const BLOCK_FORMATS = {
  Q4_0: format(32, 18, 32, 4, false, (bytes, at, block) => {
    block.scales[0] = half(bytes, at);
    nibbles(bytes, at + 2, 16, block.quants, 0);
  }),
  Q4_1: format(32, 20, 32, 4, true, (bytes, at, block) => {
    block.scales[0] = half(bytes, at);
    block.minimums[0] = half(bytes, at + 2);
    nibbles(bytes, at + 4, 16, block.quants, 0);
  }),
  Q5_0: format(32, 22, 32, 5, false, (bytes, at, block) => {
    block.scales[0] = half(bytes, at);
    nibbles(bytes, at + 6, 16, block.quants, 0);
    addFifthBits(bytes, at + 2, block.quants);
  }),
  Q5_1: format(32, 24, 32, 5, true, (bytes, at, block) => {
    block.scales[0] = half(bytes, at);
    block.minimums[0] = half(bytes, at + 2);
    nibbles(bytes, at + 8, 16, block.quants, 0);
    addFifthBits(bytes, at + 4, block.quants);
  }),
  Q8_0: format(32, 34, 32, 8, false, (bytes, at, block) => {
    block.scales[0] = half(bytes, at);
    for (let i = 0; i < 32; i++) block.quants[i] = bytes[at + 2 + i]! ^ 0x80;
  }),
  Q4_K: format(256, 144, 32, 4, true, (bytes, at, block) => {
    scalesAndMinimums(bytes, at, block);
    for (let pair = 0; pair < 4; pair++) nibbles(bytes, at + 16 + 32 * pair, 32, block.quants, 64 * pair);
  }),
  Q5_K: format(256, 176, 32, 5, true, (bytes, at, block) => {
    scalesAndMinimums(bytes, at, block);
    for (let pair = 0; pair < 4; pair++) nibbles(bytes, at + 48 + 32 * pair, 32, block.quants, 64 * pair);
    for (let i = 0; i < 256; i++) block.quants[i]! |= ((bytes[at + 16 + (i & 31)]! >> (i >> 5)) & 1) << 4;
  }),
  Q6_K: format(256, 210, 16, 6, false, decodeQ6K),
} as const;

export type BlockFormatName = keyof typeof BLOCK_FORMATS;

export function isBlockFormat(name: string): name is BlockFormatName {
  return Object.hasOwn(BLOCK_FORMATS, name);
}

function format(
  elements: number,
  bytes: number,
  group: number,
  bits: BlockFormat['bits'],
  hasMinimum: boolean,
  decode: BlockFormat['decode'],
): BlockFormat {
  return { elements, bytes, group, bits, hasMinimum, decode };
}

/** `count` bytes: their low halves first, then their high halves. */
function nibbles(bytes: Uint8Array, at: number, count: number, quants: Uint8Array, to: number): void {
  for (let i = 0; i < count; i++) {
    const byte = bytes[at + i]!;
    quants[to + i] = byte & 15;
    quants[to + count + i] = byte >> 4;
  }
}

/** Bit i of four bytes is bit 4 of quant i. */
function addFifthBits(bytes: Uint8Array, at: number, quants: Uint8Array): void {
  for (let i = 0; i < 32; i++) quants[i]! |= ((bytes[at + (i >> 3)]! >> (i & 7)) & 1) << 4;
}

/** Eight 6-bit scales and minimums in twelve bytes, times the two halves in front (get_scale_min_k4 of ggml-quants.c). */
function scalesAndMinimums(bytes: Uint8Array, at: number, { scales, minimums }: DecodedBlock): void {
  const [scale, minimum] = [half(bytes, at), half(bytes, at + 2)];
  for (let i = 0; i < 4; i++) {
    const [first, second, third] = [bytes[at + 4 + i]!, bytes[at + 8 + i]!, bytes[at + 12 + i]!];
    scales[i] = scale * (first & 63);
    minimums[i] = -minimum * (second & 63);
    scales[i + 4] = scale * ((third & 15) | ((first >> 6) << 4));
    minimums[i + 4] = -minimum * ((third >> 4) | ((second >> 6) << 4));
  }
}

function decodeQ6K(bytes: Uint8Array, at: number, { quants, scales }: DecodedBlock): void {
  const scale = half(bytes, at + 208);
  for (let i = 0; i < 16; i++) scales[i] = scale * signed(bytes[at + 192 + i]!);
  for (let part = 0; part < 2; part++) {
    nibbles(bytes, at + 64 * part, 64, quants, 128 * part);
    for (let i = 0; i < 128; i++) {
      const high = bytes[at + 128 + 32 * part + (i & 31)]! >> (2 * (i >> 5));
      quants[128 * part + i]! |= (high & 3) << 4;
    }
  }
}

const signed = (byte: number): number => (byte << 24) >> 24;

// IEEE 754 binary16, little-endian.
function half(bytes: Uint8Array, at: number): number {
  const bits = bytes[at]! | (bytes[at + 1]! << 8);
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * POWERS[exponent]!;
}

const POWERS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 15));
