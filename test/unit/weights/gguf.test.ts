import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { CodedError } from '../../../src/protocol/coded-error.ts';
import { explained, readGgufHeader, type GgufHeader } from '../../../src/engine/weights/gguf.ts';
import { f32Tensor, ggufBytes, TYPE_NUMBERS, type GgufTensor, type GgufValue } from '../../support/gguf-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'grace-gguf-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const file = path.join(folder, 'small.gguf');
/** Inputs for each property; GRACE_FUZZ sets another number. */
const RUNS = Number(process.env['GRACE_FUZZ'] ?? 3000);

function read(bytes: Uint8Array): GgufHeader {
  writeFileSync(file, bytes);
  return readGgufHeader(file);
}

function errorOf(work: () => unknown): CodedError {
  try {
    work();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('There was no error.');
}

const METADATA: Readonly<Record<string, GgufValue>> = {
  'general.architecture': { text: 'llama' },
  'llama.block_count': { u32: 2 },
  'llama.rope.freq_base': { f32: 10000 },
  'tokenizer.ggml.tokens': { texts: ['a', 'é', '🙂'] },
  'tokenizer.ggml.scores': { f32s: [0, -1, -2.5] },
  'tokenizer.ggml.token_type': { i32s: [1, 3, -4] },
  'tokenizer.ggml.add_bos_token': { bool: true },
};
const TENSORS: readonly GgufTensor[] = [
  f32Tensor('output_norm.weight', [8], new Float32Array(8).fill(1)),
  { name: 'token_embd.weight', shape: [3, 64], type: TYPE_NUMBERS.Q8_0, bytes: new Uint8Array(3 * 2 * 34) },
];
const sound = ggufBytes(METADATA, TENSORS);

/** The sound file with a 64-bit number elsewhere. */
function patched(at: number, value: bigint): Uint8Array {
  const bytes = Uint8Array.from(sound);
  new DataView(bytes.buffer).setBigUint64(at, value, true);
  return bytes;
}

/** Where `text` ends in the sound file. */
function endOf(text: string): number {
  return Buffer.from(sound).indexOf(text) + text.length;
}

describe('a sound file', () => {
  it.each([2, 3])('of version %d says what it holds', (version) => {
    const { metadata, tensors } = read(ggufBytes(METADATA, TENSORS, version));
    expect(metadata.text('general.architecture')).toBe('llama');
    expect(metadata.number('llama.block_count')).toBe(2);
    expect(metadata.texts('tokenizer.ggml.tokens')).toEqual(['a', 'é', '🙂']);
    expect(metadata.numbers('tokenizer.ggml.scores')).toEqual([0, -1, -2.5]);
    expect(metadata.numbers('tokenizer.ggml.token_type')).toEqual([1, 3, -4]);
    expect(metadata.flag('tokenizer.ggml.add_bos_token')).toBe(true);
    expect(metadata.number('nothing')).toBeUndefined();
    const embedding = tensors.get('token_embd.weight')!;
    expect(embedding).toMatchObject({ dtype: 'Q8_0', shape: [3, 64], length: 204 });
    expect(embedding.offset % 32).toBe(0);
    expect(embedding.offset).toBe(tensors.get('output_norm.weight')!.offset + 32);
  });

  it('refuses a value of another type by its key', () => {
    const { metadata } = read(sound);
    for (const ask of [
      () => metadata.number('general.architecture'),
      () => metadata.texts('tokenizer.ggml.scores'),
      () => metadata.text('tokenizer.ggml.tokens'),
      () => metadata.flag('llama.block_count'),
    ]) {
      const error = errorOf(() => explained<unknown>(file, ask));
      expect(error.code).toBe('model-damaged');
      expect(error.message).toMatch(/general\.architecture|tokenizer\.ggml|llama\.block_count/);
    }
  });
});

describe('a file that is not sound', () => {
  const tensorInfo = endOf('token_embd.weight'); // dimensions (4), sizes (8 + 8), type (4), offset (8)
  it.each([
    ['other letters', ggufBytes({}, []).fill(71, 0, 4), 'GGUF'],
    ['a number of tensors that nothing could hold', patched(8, 2n ** 40n), 'tensors'],
    ['a number of keys that nothing could hold', patched(16, 2n ** 62n), 'larger'],
    ['many keys', patched(16, 100_000n), 'metadata keys'],
    ['a text longer than the file', patched(endOf('general.architecture') + 4, 2n ** 33n), 'ends'],
    ['a list longer than the file', patched(endOf('tokenizer.ggml.tokens') + 8, 2n ** 50n), 'lists'],
    ['a size of 2^53', patched(tensorInfo + 4, 2n ** 53n), 'larger'],
    ['a size of 0', patched(tensorInfo + 12, 0n), 'size'],
    ['rows of half a block', patched(tensorInfo + 4, 48n), 'blocks'],
    ['an offset beyond the file', patched(tensorInfo + 24, 2n ** 30n), 'beyond'],
    ['an offset between the rows', patched(tensorInfo + 24, 33n), 'aligned'],
    ['two tensors at one place', patched(tensorInfo + 24, 0n), 'overlaps'],
    ['an alignment of 0', ggufBytes({ 'general.alignment': { u32: 0 } }, TENSORS), 'alignment'],
    ['an alignment of 4', ggufBytes({ 'general.alignment': { u32: 4 } }, TENSORS), 'alignment'],
    ['two tensors of one name', ggufBytes({}, [TENSORS[0]!, TENSORS[0]!]), 'one name'],
  ])('with %s is damaged', (_, bytes, word) => {
    const error = errorOf(() => read(bytes));
    expect(error.code).toBe('model-damaged');
    expect(error.message).toContain(word);
    expect(error.message).toContain('small.gguf');
  });

  it('of another version or with types that are not read is not supported', () => {
    expect(errorOf(() => read(ggufBytes({}, [], 1)))).toMatchObject({ code: 'model-unsupported' });
    expect(errorOf(() => read(ggufBytes({}, [], 0x03000000))).message).toContain('big-endian');
    const ternary = { ...TENSORS[1]!, type: 34 };
    expect(errorOf(() => read(ggufBytes({}, [ternary]))).message).toContain('TQ1_0');
  });

  it('refuses lists within lists and unknown types', () => {
    const nested = Uint8Array.from(sound);
    new DataView(nested.buffer).setUint32(endOf('tokenizer.ggml.tokens') + 4, 9, true);
    expect(errorOf(() => read(nested)).message).toContain('list of lists');
    new DataView(nested.buffer).setUint32(endOf('tokenizer.ggml.tokens') + 4, 13, true);
    expect(errorOf(() => read(nested)).message).toContain('type 13');
  });

  it('is damaged wherever it is cut off', () => {
    const padding = 224 - 204; // behind the last tensor
    for (let length = 0; length < sound.length - padding; length++) {
      expect(errorOf(() => read(sound.subarray(0, length))).code).toBe('model-damaged');
    }
  });

  it('gives a header or a coded error, whatever bits are turned', () => {
    const flip = fc.record({ at: fc.nat(sound.length * 8 - 1) });
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 6 }), (flips) => {
        const bytes = Uint8Array.from(sound);
        for (const { at } of flips) bytes[at >> 3]! ^= 1 << (at & 7);
        try {
          const { metadata, tensors } = read(bytes);
          for (const key of metadata.keys)
            explained(file, () => (metadata.isList(key) ? undefined : metadata.scalar(key)));
          for (const { offset, length } of tensors.values()) expect(offset + length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
          expect((error as CodedError).message.length).toBeLessThan(600);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('gives a header or a coded error for bytes behind a sound beginning', () => {
    const start = sound.subarray(0, 24);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (rest) => {
        try {
          read(Uint8Array.from([...start, ...rest]));
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
