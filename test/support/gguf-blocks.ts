import { readFileSync } from 'node:fs';
import type { BlockFormatName } from '../../src/engine/weights/block-formats.ts';

/** A matrix in blocks, and its numbers as gguf-py reads them. */
export interface BlockCase {
  readonly format: BlockFormatName;
  readonly rows: number;
  readonly columns: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly numbers: Float32Array;
}

/** The cases of test/fixtures/gguf/blocks.json, one for each format. */
export function blockCases(): readonly BlockCase[] {
  const file = new URL('../fixtures/gguf/blocks.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as {
    cases: (Omit<BlockCase, 'bytes' | 'numbers'> & { readonly bytes: string; readonly numbers: string })[];
  };
  const decode = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, 'base64'));
  return cases.map(({ bytes, numbers, ...rest }) => ({
    ...rest,
    bytes: decode(bytes),
    numbers: new Float32Array(decode(numbers).buffer),
  }));
}

/** The nearest Q8_0 blocks (ggml-quants.c, quantize_row_q8_0_ref): scale as a half, then 32 signed bytes. */
export function quantiseQ8(numbers: Float32Array): Uint8Array {
  const bytes = new Uint8Array((numbers.length / 32) * 34);
  const view = new DataView(bytes.buffer);
  for (let block = 0; block < numbers.length / 32; block++) {
    const values = numbers.subarray(block * 32, block * 32 + 32);
    const bits = halfBits(values.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127);
    const scale = halfValue(bits);
    view.setUint16(block * 34, bits, true);
    values.forEach((x, i) => {
      view.setInt8(block * 34 + 2 + i, scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(x / scale))));
    });
  }
  return bytes;
}

/** The largest normal half that is not above a positive number; 0 below all of them. */
function halfBits(value: number): number {
  if (value < 2 ** -14) return 0;
  const exponent = Math.floor(Math.log2(value));
  return ((exponent + 15) << 10) | Math.floor((value / 2 ** exponent - 1) * 1024);
}

const halfValue = (bits: number): number => (bits === 0 ? 0 : (1 + (bits & 1023) / 1024) * 2 ** ((bits >> 10) - 15));
