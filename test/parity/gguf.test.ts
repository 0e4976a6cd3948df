import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { Sequence } from '../../src/engine/generation/sequence.ts';
import { HookedModel } from '../../src/engine/models/hooked-model.ts';
import { Model } from '../../src/engine/models/model.ts';
import type { Precision } from '../../src/engine/models/model-files.ts';
import { loadTokenizer } from '../../src/engine/text/tokenizer.ts';
import { readGgufHeader } from '../../src/engine/weights/gguf.ts';
import { CodedError } from '../../src/protocol/coded-error.ts';
import { fixtureFolders, readJson } from '../support/fixtures.ts';
import { ExpectedTensors, type Expected } from '../support/expected.ts';
import { f32Tensor, type GgufTensor } from '../support/gguf-file.ts';
import { CONVERTED, ggufOfFolder } from '../support/gguf-of-folder.ts';

interface Config {
  readonly architectures: readonly string[];
  readonly rope_scaling?: unknown;
}

const PRE: Readonly<Record<string, string>> = {
  GPT2LMHeadModel: 'gpt-2',
  LlamaForCausalLM: 'llama-bpe',
  Qwen2ForCausalLM: 'qwen2',
  Qwen3ForCausalLM: 'qwen2',
};

const folders = fixtureFolders('expected.json').filter((folder) => {
  const { architectures, rope_scaling } = readJson(path.join(folder, 'config.json')) as Config;
  const { weights_file_dtype: dtype } = readJson(path.join(folder, 'expected.json')) as { weights_file_dtype?: string };
  const exact = dtype === 'float32' || dtype === 'bfloat16';
  return exact && !rope_scaling && CONVERTED.includes(architectures[0]!);
});

const temporary = mkdtempSync(path.join(tmpdir(), 'grace-gguf-'));
afterAll(() => {
  rmSync(temporary, { recursive: true });
});

async function logitsOf(file: string, precision: Precision, ids: readonly number[]): Promise<Float32Array> {
  const model = await HookedModel.open(new Model(file, { precision }), 'cpu');
  const sequence = new Sequence(model);
  const logits = await sequence.above(await sequence.below(ids), [...ids.keys()], null);
  await model.dispose();
  return logits;
}

const worst = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

/** Root mean square of the differences, by that of `b`. */
function relativeError(a: Float32Array, b: Float32Array): number {
  const power = (x: (i: number) => number): number => b.reduce((sum, _, i) => sum + x(i) ** 2, 0);
  return Math.sqrt(power((i) => a[i]! - b[i]!) / power((i) => b[i]!));
}

const rotaryOf = ({ network }: Model): Float32Array => {
  if (network.kind !== 'causal') throw new Error('It is a decoder.');
  return network.rotary.get('')!;
};

describe.each(folders)('%s as GGUF', (folder) => {
  const { architectures } = readJson(path.join(folder, 'config.json')) as Config;
  const expected = readJson(path.join(folder, 'expected.json')) as Expected;
  const tensors = new ExpectedTensors(path.join(folder, 'expected.safetensors'));
  const pre = PRE[architectures[0]!]!;
  const write = (matrices: 'F32' | 'Q8_0', more: readonly GgufTensor[] = []): string => {
    const file = path.join(temporary, `${path.basename(folder)}-${matrices}-${more.length}.gguf`);
    writeFileSync(file, ggufOfFolder(folder, { matrices, pre, more }));
    return file;
  };
  const ids = expected.forward[0]!.input_ids;

  it('gives the logits of the folder in float32', async () => {
    const file = write('F32');
    for (const { input_ids, logits } of expected.forward) {
      expect(worst(await logitsOf(file, 'auto', input_ids), tensors.read(logits))).toBeLessThanOrEqual(1e-4);
    }
  });

  it('has the hook points and blocks of the folder', () => {
    const [gguf, plain] = [new Model(write('F32')), new Model(folder)];
    expect(gguf.hookPoints).toEqual(plain.hookPoints);
    expect(gguf.architecture).toBe(plain.architecture);
    expect(gguf.parameterCount).toBe(plain.parameterCount);
    expect(gguf.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is another model in another precision where it has blocks', () => {
    const fingerprints = (matrices: 'F32' | 'Q8_0'): number =>
      new Set((['auto', 'float32'] as const).map((precision) => new Model(write(matrices), { precision }).fingerprint))
        .size;
    expect([fingerprints('F32'), fingerprints('Q8_0')]).toEqual([1, 2]);
  });

  it('gives nearly the same logits in blocks, exact or not', async () => {
    const file = write('Q8_0');
    const exact = await logitsOf(file, 'float32', ids);
    const quantised = await logitsOf(file, 'auto', ids);
    expect(relativeError(exact, tensors.read(expected.forward[0]!.logits))).toBeLessThanOrEqual(0.1);
    expect(relativeError(quantised, exact)).toBeLessThanOrEqual(0.05);
  });

  it.runIf(architectures[0] === 'LlamaForCausalLM')('divides rotary frequencies by the factors of the file', () => {
    const plain = rotaryOf(new Model(folder));
    const factors = plain.map((_, j) => 1 + j);
    const model = new Model(write('F32', [f32Tensor('rope_freqs.weight', [plain.length], factors)]));
    expect(rotaryOf(model)).toEqual(plain.map((frequency, j) => frequency / (1 + j)));
    const short = write('F32', [f32Tensor('rope_freqs.weight', [1], factors), f32Tensor('other', [1], factors)]);
    expect(() => new Model(short)).toThrow(/rotary/);
  });

  it('opens or is refused with a coded error, whatever bits of the header are turned', () => {
    const sound = readFileSync(write('F32'));
    const file = path.join(temporary, 'turned.gguf');
    const places = fc.array(fc.nat(readGgufHeader(write('F32')).tensors.values().next().value!.offset * 8 - 1), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(places, (bits) => {
        const bytes = Uint8Array.from(sound);
        for (const bit of bits) bytes[bit >> 3]! ^= 1 << (bit & 7);
        writeFileSync(file, bytes);
        try {
          new Model(file).loadTokenizer().encode('a text');
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
        }
      }),
      { numRuns: Number(process.env['GRACE_FUZZ'] ?? 300) },
    );
  });

  it('refuses a tensor that the forward pass does not use, by its name', () => {
    const file = write('F32', [f32Tensor('blk.0.attn_sinks.weight', [1], Float32Array.of(1))]);
    expect(() => new Model(file)).toThrow(/blk\.0\.attn_sinks/);
  });

  it('cuts texts as tokenizer.json does', () => {
    const [gguf, plain] = [new Model(write('F32')).loadTokenizer(), loadTokenizer(folder)];
    expect(gguf.vocabularySize).toBe(plain.vocabularySize);
    for (const { text, input_ids } of expected.forward) {
      expect(gguf.encode(text, { addSpecialTokens: architectures[0] === 'LlamaForCausalLM' })).toEqual(input_ids);
      expect(gguf.decode(input_ids)).toBe(plain.decode(input_ids));
    }
  });
});
