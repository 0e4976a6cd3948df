import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Graph } from '../../../src/engine/graph/graph.ts';
import { readActivation } from '../../../src/engine/models/activations.ts';
import { ConfigReader } from '../../../src/engine/models/config-reader.ts';
import { ARCHITECTURES, readDecoder } from '../../../src/engine/models/families.ts';
import { readWindows } from '../../../src/engine/models/gated-decoder.ts';
import { Session } from '../../../src/engine/runtime/session.ts';
import { floatData, floats } from '../../../src/engine/runtime/tensor.ts';

const COMMON = {
  vocab_size: 100,
  hidden_size: 32,
  num_attention_heads: 4,
  num_hidden_layers: 3,
  max_position_embeddings: 64,
};
const GATED = { ...COMMON, intermediate_size: 48, num_key_value_heads: 2 };
const named = (name: string, config: object) => ({ architectures: [name], ...config });
const NEOX = named('GPTNeoXForCausalLM', { ...COMMON, intermediate_size: 48 });
const OPT = named('OPTForCausalLM', { ...COMMON, ffn_dim: 48 });
const MISTRAL = named('MistralForCausalLM', GATED);
const QWEN2 = named('Qwen2ForCausalLM', GATED);
const QWEN3 = named('Qwen3ForCausalLM', GATED);
const GEMMA2 = named('Gemma2ForCausalLM', { ...GATED, head_dim: 8 });
const GEMMA3 = named('Gemma3ForCausalLM', { ...GATED, head_dim: 8 });
const PHI3 = named('Phi3ForCausalLM', GATED);
const GPT2 = named('GPT2LMHeadModel', { n_embd: 32, n_head: 4, n_layer: 3, vocab_size: 100, n_positions: 64 });
const LLAMA = named('LlamaForCausalLM', GATED);
const ALL = [GPT2, LLAMA, NEOX, OPT, MISTRAL, QWEN2, QWEN3, GEMMA2, GEMMA3, PHI3];
const SLIDING = 'sliding_attention';
const FULL = 'full_attention';

describe('families', () => {
  it('are found by their architecture, and each has its sizes', () => {
    expect(ALL.map(({ architectures }) => architectures[0]).sort()).toEqual([...ARCHITECTURES].sort());
    for (const config of ALL) {
      const { decoder } = readDecoder(config);
      expect(decoder).toMatchObject({ vocabulary: 100, width: 32, layers: 3, contextLength: 64 });
      expect(decoder.blockPath(2)).toMatch(new RegExp(`^${decoder.basePrefix.slice(0, -1)}.*\\.2$`));
    }
    expect(readDecoder(QWEN3).decoder.headDim).toBe(128);
    expect(readDecoder(MISTRAL).decoder.headDim).toBe(8);
  });

  it('take what changes nothing', () => {
    const neutral = {
      partial_rotary_factor: 1,
      rope_scaling: null,
      use_bidirectional_attention: false,
      dtype: 'bfloat16',
    };
    for (const config of ALL.filter((each) => ![GPT2, OPT, NEOX].includes(each)))
      expect(readDecoder({ ...config, ...neutral }).decoder.width).toBe(32);
    expect(readDecoder({ ...NEOX, rope_theta: 10000, partial_rotary_factor: 0.25 }).decoder.width).toBe(32);
  });

  it('refuse a key that nobody reads, whatever it is called', () => {
    const key = fc.string({ minLength: 1 }).map((text) => `x_${text}`);
    fc.assert(
      fc.property(fc.constantFrom(...ALL), key, fc.oneof(fc.integer(), fc.constant(true), fc.string({ minLength: 1 })), (config, name, value) => {
        expect(() => readDecoder({ ...config, [name]: value })).toThrow(/does not compute/);
      }),
    ); // prettier-ignore
  });

  it.each([
    ['dynamic RoPE', { ...QWEN2, rope_scaling: { type: 'dynamic', factor: 2 } }, 'type to "dynamic"'],
    ['YaRN', { ...QWEN3, rope_parameters: { rope_type: 'yarn', factor: 4 } }, 'rope_type to "yarn"'],
    ['two thetas', { ...NEOX, rotary_emb_base: 10000, rope_theta: 500 }, 'rope_theta to 500'],
    ['layers of an unknown kind', { ...QWEN3, layer_types: ['chunked_attention', FULL, FULL] }, 'layer_types'],
    ['too few layer types', { ...GEMMA2, layer_types: [FULL] }, 'layer_types'],
    ['layer types where all layers are alike', { ...MISTRAL, layer_types: [FULL, SLIDING, FULL] }, 'layer_types'],
    ['a window of no size', { ...GEMMA2, sliding_window: null }, 'sliding_window'],
    ['windows that are switched off', { ...QWEN2, layer_types: [SLIDING, FULL, FULL] }, 'sliding_window'],
    ['attention in both directions', { ...GEMMA3, use_bidirectional_attention: true }, 'use_bidirectional_attention'],
    ['caps on Gemma 3 scores', { ...GEMMA3, attn_logit_softcapping: 50 }, 'attn_logit_softcapping to 50'],
    ['another activation that nobody reads', { ...GEMMA2, hidden_act: 'gelu' }, 'hidden_act to "gelu"'],
    ['a pattern beside another', { ...GEMMA3, sliding_window_pattern: 2, _sliding_window_pattern: 6 }, '_sliding_window_pattern'],
    ['norms without weights', { ...OPT, layer_norm_elementwise_affine: false }, 'layer_norm_elementwise_affine'],
    ['attention of other kinds', { ...PHI3, full_attn_mod: 2 }, 'full_attn_mod to 2'],
    ['images', { ...GEMMA3, architectures: ['Gemma3ForConditionalGeneration'] }, 'Gemma3ForConditionalGeneration'],
  ])('refuse %s by name', (_, config, says) => {
    expect(() => readDecoder(config)).toThrow(new RegExp(says));
  }); // prettier-ignore
});

describe('windows by layer', () => {
  const read = (
    config: Readonly<Record<string, unknown>>,
    window: number | undefined,
    slides: (at: number) => boolean,
  ) => readWindows(new ConfigReader(config), 4, window, slides);

  it('follow layer_types, or else the family', () => {
    expect(read({ layer_types: [FULL, SLIDING, SLIDING, FULL] }, 8, () => true)).toEqual([undefined, 8, 8, undefined]);
    expect(read({ layer_types: null }, 8, (layer) => layer % 2 === 0)).toEqual([8, undefined, 8, undefined]);
    expect(read({}, undefined, () => false)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('activation functions', () => {
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const tanhGelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  const EXPECTED: Readonly<Record<string, (x: number) => number>> = {
    gelu_new: tanhGelu,
    gelu_fast: tanhGelu,
    gelu_pytorch_tanh: tanhGelu,
    quick_gelu: (x) => x * sigmoid(1.702 * x),
    relu: (x) => Math.max(0, x),
    silu: (x) => x * sigmoid(x),
    swish: (x) => x * sigmoid(x),
    tanh: Math.tanh,
  };

  it.each(Object.entries(EXPECTED))('%s', async (name, want) => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [9]);
    const y = graph.output(readActivation(new ConfigReader({ act: name }), 'act', 'relu')(x));
    const session = await Session.create(graph, { device: 'cpu' });
    const at = Float32Array.from({ length: 9 }, (_, j) => j - 4.25);
    const got = floatData((await session.run({ x: floats(at, [9]) }))[y.name]);
    for (const [j, number] of at.entries()) expect(got[j]).toBeCloseTo(want(number), 5);
    await session.dispose();
  });
});
