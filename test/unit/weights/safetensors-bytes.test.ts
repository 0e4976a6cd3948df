import { describe, expect, it } from 'vitest';
import {
  decodeSafetensors,
  encodeSafetensors,
  type ArrayTensors,
} from '../../../src/engine/weights/safetensors-bytes.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';

const encode = (file: ArrayTensors): Buffer => Buffer.concat([...encodeSafetensors(file)]);

function fileOf(header: unknown, data = 0): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(data)]);
}

const tensor = (dtype: string, shape: unknown, ...data_offsets: unknown[]) => ({ dtype, shape, data_offsets });

describe('safetensors in memory', () => {
  it('come back as they were, the widest numbers first and at multiples of 8', () => {
    const tensors = new Map([
      ['a', { shape: [3], data: Float32Array.of(1, 2, 3) }],
      ['b', { shape: [2, 1], data: Float64Array.of(0.1, 1e-300) }],
      ['empty', { shape: [0, 7], data: new Float32Array() }],
      ['scalar', { shape: [], data: Float32Array.of(5) }],
    ]);
    const metadata = { one: '{"a": 1}', '“two”': '' };
    const bytes = encode({ tensors, metadata });
    const decoded = decodeSafetensors(bytes);
    expect(decoded.metadata).toEqual(metadata);
    expect(new Map([...decoded.tensors].sort())).toEqual(tensors);
    expect([...decoded.tensors.keys()][0]).toBe('b');
    expect((8 + Number(bytes.readBigUInt64LE())) % 8).toBe(0);
    // Whatever the bytes are a part of.
    expect(decodeSafetensors(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3))).toEqual(decoded);
  });

  it('hold nothing, too', () => {
    expect(decodeSafetensors(encode({ tensors: new Map(), metadata: {} }))).toEqual({
      tensors: new Map(),
      metadata: {},
    });
  });

  it.each([
    ['too short', Buffer.alloc(7)],
    ['a header beyond the end', Buffer.concat([Buffer.from([200, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')])],
    ['a header of 2^63 bytes', Buffer.alloc(20, 0xff)],
    ['no JSON', fileOf('{')],
    ['no object', fileOf('[]')],
    [
      'the same name twice',
      fileOf(`{"a":${JSON.stringify(tensor('F32', [0], 0, 0))},"a":${JSON.stringify(tensor('F32', [0], 0, 0))}}`),
    ],
    ['another number format', fileOf({ a: tensor('F16', [1], 0, 2) }, 2)],
    ['no shape', fileOf({ a: tensor('F32', undefined, 0, 4) }, 4)],
    ['a negative size', fileOf({ a: tensor('F32', [-1], 0, 4) }, 4)],
    ['a huge size', fileOf({ a: tensor('F32', [2 ** 40, 2 ** 40], 0, 4) }, 4)],
    ['fewer bytes than its shape needs', fileOf({ a: tensor('F32', [2], 0, 4) }, 4)],
    ['offsets that run backwards', fileOf({ a: tensor('F32', [0], 4, 0) }, 4)],
    ['a gap', fileOf({ a: tensor('F32', [1], 4, 8) }, 8)],
    ['an overlap', fileOf({ a: tensor('F32', [2], 0, 8), b: tensor('F32', [1], 4, 8) }, 8)],
    ['bytes that belong to nothing', fileOf({ a: tensor('F32', [1], 0, 4) }, 8)],
    ['missing bytes', fileOf({ a: tensor('F32', [2], 0, 8) }, 4)],
    ['metadata that is not text', fileOf({ __metadata__: { a: 1 } })],
  ])('are refused with %s', (_, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrow(CodedError);
  });
});
