import { describe, expect, it } from 'vitest';

import { BLOCK_FORMATS } from '../../../src/engine/weights/block-formats.ts';
import { dequantise, pack, packedBits } from '../../../src/engine/weights/block-matrix.ts';
import { blockCases } from '../../support/gguf-blocks.ts';

const sameRow = (row: number): number => row;

describe.each(blockCases())('$format', ({ format, rows, columns, bytes, numbers }) => {
  it('is read to the bit as gguf-py reads it', () => {
    expect(dequantise({ format, rows, columns, sourceRow: sameRow }, bytes)).toEqual(numbers);
  });

  it('takes rows in another order', () => {
    const order = [2, 0, 1];
    const read = dequantise({ format, rows, columns, sourceRow: (row) => order[row]! }, bytes);
    for (const [row, source] of order.entries()) {
      const from = numbers.subarray(source * columns, (source + 1) * columns);
      expect(read.subarray(row * columns, (row + 1) * columns)).toEqual(from);
    }
  });

  it('is packed without loss, but for the rounding of offsets', () => {
    const { group, hasMinimum } = BLOCK_FORMATS[format];
    const bits = packedBits(format);
    const { quants, scales, offsets } = pack({ format, rows, columns, sourceRow: sameRow }, bytes);
    const quant = (i: number): number => (bits === 8 ? quants[i]! : (quants[i >> 1]! >> (4 * (i & 1))) & 15);
    expect(offsets !== undefined).toBe(hasMinimum);
    expect(scales.length).toBe((rows * columns) / group);
    for (let i = 0; i < numbers.length; i++) {
      const at = Math.trunc(i / group);
      const centred = Math.fround(scales[at]! * (quant(i) - 2 ** (bits - 1)));
      const packed = centred + (offsets?.[at] ?? 0);
      const rounding = hasMinimum ? 2 ** -22 * (Math.abs(centred) + Math.abs(offsets![at]!)) : 0;
      expect(Math.abs(packed - numbers[i]!)).toBeLessThanOrEqual(rounding);
    }
  });

  it('has the packed numbers without their offsets', () => {
    const matrix = { format, rows, columns, sourceRow: sameRow };
    const { offsets } = pack(matrix, bytes);
    const centred = dequantise(matrix, bytes, 'centred');
    centred.forEach((x, i) => {
      const offset = offsets?.[Math.trunc(i / BLOCK_FORMATS[format].group)] ?? 0;
      expect(Math.abs(x + offset - numbers[i]!)).toBeLessThanOrEqual(2 ** -21 * (Math.abs(x) + Math.abs(offset)));
    });
  });

  it('is refused with a scale that is no number', () => {
    const damaged = Uint8Array.from(bytes);
    const scale = format === 'Q6_K' ? 208 : 0;
    new DataView(damaged.buffer).setUint16(scale, 0x7e00, true); // NaN in half precision
    expect(() => pack({ format, rows, columns, sourceRow: sameRow }, damaged)).toThrow('infinity or NaN');
  });
});
