import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import { floatDtype, readSafetensorsHeader } from '../../../src/engine/weights/safetensors.ts';
import { codeOf, errorOf, float32, safetensors, temporaryFolder, withHeader } from './safetensors-files.ts';

const folder = temporaryFolder();
const read = (bytes: Uint8Array) => readSafetensorsHeader(folder.write('model.safetensors', bytes));
const small = safetensors({ a: float32([2, 2], [1, 2, 3, 4]), b: float32([], [5]), empty: float32([0, 3], []) });

describe('a sound header', () => {
  it('says where each tensor lies, in bytes of the file', () => {
    const tensors = read(small);
    const dataStart = small.length - 20;
    expect([...tensors.keys()]).toEqual(['a', 'b', 'empty']);
    expect(tensors.get('a')).toMatchObject({ dtype: 'F32', shape: [2, 2], offset: dataStart, length: 16 });
    expect(tensors.get('b')).toMatchObject({ shape: [], offset: dataStart + 16, length: 4 });
    expect(tensors.get('empty')).toMatchObject({ shape: [0, 3], length: 0 });
  });

  it('may be padded with spaces and name a tensor __proto__', () => {
    const header = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}      ';
    const tensors = read(withHeader(header, new Uint8Array(1)));
    expect(tensors.get('__proto__')?.dtype).toBe('U8');
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
  });

  it('may list formats that cannot be computed with, known or not', () => {
    const tensors = read(
      safetensors({
        q: { dtype: 'I8', shape: [4], bytes: new Uint8Array(4) },
        n: { dtype: 'Q4_NEW', shape: [9], bytes: new Uint8Array(5) },
      }),
    );
    expect(codeOf(() => floatDtype(tensors.get('q')!))).toBe('model-unsupported');
    expect(errorOf(() => floatDtype(tensors.get('n')!)).message).toContain('Q4_NEW');
  });
});

const entry = (dtype: string, shape: string, begin: number, end: number): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe('a damaged header', () => {
  it.each([
    ['no object', '[]', 0],
    ['not JSON', '{"a":', 0],
    ['no offsets', '{"a":{"dtype":"F32","shape":[1]}}', 4],
    ['length against shape', `{"a":${entry('F32', '[2]', 0, 4)}}`, 4],
    ['reversed offsets', `{"a":${entry('F32', '[1]', 4, 0)}}`, 4],
    ['negative size', `{"a":${entry('F32', '[-1]', 0, 4)}}`, 4],
    ['fractional size', `{"a":${entry('F32', '[0.5,2]', 0, 4)}}`, 4],
    ['shape beyond 2^53', `{"a":${entry('U8', '[9007199254740991,9007199254740991]', 0, 4)}}`, 4],
    ['wrapping shape', `{"a":${entry('F32', '[4294967296,4294967296]', 0, 0)}}`, 0],
    ['outside the file', `{"a":${entry('F32', '[2]', 0, 8)}}`, 4],
    ['overlap', `{"a":${entry('F32', '[2]', 0, 8)},"b":${entry('F32', '[2]', 4, 12)}}`, 12],
    ['gap', `{"a":${entry('F32', '[1]', 0, 4)},"b":${entry('F32', '[1]', 8, 12)}}`, 12],
    ['bytes left over', `{"a":${entry('F32', '[1]', 0, 4)}}`, 5],
    ['same name twice', `{"a":${entry('F32', '[1]', 0, 4)},"\\u0061":${entry('F32', '[1]', 0, 4)}}`, 4],
    ['same member twice', `{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4],
    ['deep nesting', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 0],
  ])('%s', (_, header, dataLength) => {
    expect(codeOf(() => read(withHeader(header, new Uint8Array(dataLength))))).toBe('model-damaged');
  });

  it('with a length that no file can have', () => {
    for (const length of [0n, 1n, 100_000_001n, 2n ** 53n, 2n ** 64n - 1n]) {
      const bytes = Uint8Array.from(small);
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      expect(codeOf(() => read(bytes))).toBe('model-damaged');
    }
  });

  it('that is another kind of file says which', () => {
    const say = (start: string) => errorOf(() => read(Buffer.from(start + '\0'.repeat(40), 'latin1'))).message;
    expect(say('PK\x03\x04')).toContain('zip archive');
    expect(say('\x80\x02}q\0')).toContain('pickle');
    expect(say('GGUF\x03')).toContain('GGUF');
    expect(say('version https://git-lfs.github.com/spec/v1\n')).toContain('Git LFS');
  });

  it('may start like a pickle or a zip archive and be sound', () => {
    for (const length of [0x80, 0x4b50]) {
      const header = `{"a":${entry('U8', '[0]', 0, 0)}}`.padEnd(length, ' ');
      expect(read(withHeader(header)).size).toBe(1);
    }
  });
});

describe('whatever the file holds', () => {
  it('cut off at every byte', () => {
    for (let length = 0; length < small.length; length++) {
      expect(codeOf(() => read(small.subarray(0, length)))).toBe('model-damaged');
    }
  });

  it('with bytes changed: a CodedError, or tensors inside the file that agree with their shapes', () => {
    const change = fc.record({ at: fc.nat(small.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(small);
        for (const { at, byte } of changes) bytes[at] = byte;
        expectSoundOrCoded(bytes);
      }),
      { numRuns: 800 },
    );
  });

  it('with any JSON as its header', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.uint8Array({ maxLength: 16 }), (json, data) => {
        expectSoundOrCoded(withHeader(json, data));
      }),
      { numRuns: 500 },
    );
  });

  it('with any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expectSoundOrCoded(bytes);
      }),
      { numRuns: 300 },
    );
  });
});

function expectSoundOrCoded(bytes: Uint8Array): void {
  try {
    for (const { dtype, shape, offset, length } of read(bytes).values()) {
      expect(offset + length).toBeLessThanOrEqual(bytes.length);
      if (dtype === 'F32') expect(shape.reduce((a, b) => a * b, 4)).toBe(length);
    }
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError);
  }
}
