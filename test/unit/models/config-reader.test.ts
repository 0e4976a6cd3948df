import { describe, expect, it } from 'vitest';

import { ConfigReader } from '../../../src/engine/models/config-reader.ts';
import { readNetwork } from '../../../src/engine/models/families.ts';
import type { CodedError } from '../../../src/protocol/coded-error.ts';

function errorOf(call: () => unknown): Pick<CodedError, 'code' | 'message'> {
  try {
    call();
  } catch (error) {
    const { code, message } = error as CodedError;
    return { code, message };
  }
  throw new Error('nothing was thrown');
}
const refusal = (code: string, ...says: readonly string[]): unknown => ({
  code,
  message: expect.stringMatching(new RegExp(says.join('.*'))) as string,
});

describe('a config reader', () => {
  it('reads what is there, and what stands for it where it is not, or null', () => {
    const config = new ConfigReader({ a: 3, b: 0.5, c: false, d: 'relu', e: null, f: { g: 7 } });
    expect(config.size('a')).toBe(3);
    expect(config.positive('b')).toBe(0.5);
    expect(config.flag('c', true)).toBe(false);
    expect(config.text('d')).toBe('relu');
    expect(config.size('e', 9)).toBe(9);
    expect(config.number('none', -1)).toBe(-1);
    expect(config.nested('f')?.size('g')).toBe(7);
    expect([config.nested('e'), config.nested('none')]).toEqual([undefined, undefined]);
    expect([config.has('a'), config.has('e'), config.has('none')]).toEqual([true, false, false]);
    config.finish();
  });

  it('tells null from absent where a family does', () => {
    const config = new ConfigReader({ none: null, some: 7 });
    const read = (key: string): number | undefined => config.unlessNull(key, (name) => config.size(name, 9));
    expect([read('none'), read('absent'), read('some')]).toEqual([undefined, 9, 7]);
    config.finish();
  });

  it('reads lists of one kind', () => {
    const config = new ConfigReader({ numbers: [1, 2.5], texts: ['a'], none: null });
    expect([config.numbers('numbers'), config.texts('texts'), config.texts('none')]).toEqual([[1, 2.5], ['a'], undefined]); // prettier-ignore
    for (const read of [() => config.numbers('texts'), () => config.texts('numbers')])
      expect(errorOf(read)).toEqual(refusal('model-damaged', 'a list of'));
  });

  it('refuses sizes that are none', () => {
    for (const value of [0, -1, 1.5, 2 ** 31, '3', true, [], {}])
      expect(errorOf(() => new ConfigReader({ n: value }).size('n'))).toEqual(refusal('model-damaged', 'n in config.json', 'positive whole number')); // prettier-ignore
    expect(errorOf(() => new ConfigReader({}).size('n'))).toEqual(refusal('model-damaged', 'lacks the key n'));
  });

  it('refuses values of another kind', () => {
    const wrong = new ConfigReader({ n: 'x', zero: 0, nested: [] });
    for (const read of [
      () => wrong.number('n'),
      () => wrong.positive('zero'),
      () => wrong.flag('n', true),
      () => wrong.text('zero'),
      () => wrong.nested('nested'),
    ])
      expect(errorOf(read)).toEqual(refusal('model-damaged', 'should be'));
  });

  it('refuses any value but the one that is computed', () => {
    const config = new ConfigReader({ tp: 2 });
    config.require('absent', 1);
    expect(errorOf(() => { config.require('tp', 1); })).toEqual(refusal('model-unsupported', 'tp to 2')); // prettier-ignore
  });

  it('refuses, by name, keys that nobody read, unless they are known to do nothing or switch nothing on', () => {
    new ConfigReader({ a: null, b: false, c: '', d: [], e: {}, attn_pdrop: 0.1, torch_dtype: 'float16' }).finish();
    for (const value of [1, true, 'yes', [0], { x: 1 }])
      expect(errorOf(() => { new ConfigReader({ secret: value }).finish(); })).toEqual(refusal('model-unsupported', 'sets secret')); // prettier-ignore
    const inner = new ConfigReader({ outer: { known: 1, other: 2 } }).nested('outer')!;
    inner.number('known');
    expect(errorOf(() => { inner.finish(); })).toEqual(refusal('model-unsupported', 'outer of config.json sets other to 2')); // prettier-ignore
  });

  it('takes no names from JavaScript for keys', () => {
    const config = new ConfigReader({ architectures: ['x'] });
    expect(errorOf(() => config.text('constructor'))).toEqual(refusal('model-damaged', 'lacks the key constructor'));
  });
});

const GPT2 = {
  architectures: ['GPT2LMHeadModel'],
  ...{ n_embd: 32, n_head: 4, n_layer: 2, vocab_size: 100, n_positions: 64 },
};
const LLAMA = {
  architectures: ['LlamaForCausalLM'],
  ...{ hidden_size: 32, num_attention_heads: 4, num_hidden_layers: 2, intermediate_size: 64 },
  ...{ vocab_size: 100, max_position_embeddings: 64 },
};

describe('the decoder that a config.json describes', () => {
  it('has the sizes that it says', () => {
    expect(readNetwork(GPT2).network).toMatchObject({ width: 32, headDim: 8, keyValueHeads: 4, contextLength: 64 });
    const llama = readNetwork({ ...LLAMA, num_key_value_heads: 2, head_dim: 16 }).network;
    expect(llama).toMatchObject({ layers: 2, headDim: 16, keyValueHeads: 2, vocabulary: 100 });
  });

  it.each([
    ['an unknown key', { ...GPT2, logit_scale: 2 }, 'logit_scale to 2'],
    ['cross attention', { ...GPT2, add_cross_attention: true }, 'add_cross_attention to true'],
    ['an unknown activation', { ...GPT2, activation_function: 'toString' }, 'activation_function to "toString"'],
    ['heads that do not divide', { ...GPT2, n_head: 5 }, 'n_head to 5'],
    ['key-value heads that do not divide', { ...LLAMA, num_key_value_heads: 3 }, 'num_key_value_heads to 3'],
    ['tensor parallelism', { ...LLAMA, pretraining_tp: 2 }, 'pretraining_tp to 2'],
    ['a sliding window', { ...LLAMA, sliding_window: 16 }, 'sliding_window to 16'],
    ['quantisation', { ...LLAMA, quantization_config: { bits: 4 } }, 'quantization_config'],
    ['another architecture', { ...LLAMA, architectures: ['MambaForCausalLM'] }, 'MambaForCausalLM'],
    ['no architecture', { ...LLAMA, architectures: undefined }, 'names no architecture'],
  ])('is refused with %s', (_, config, says) => {
    expect(errorOf(() => readNetwork(config))).toEqual(refusal('model-unsupported', says));
  });
});
