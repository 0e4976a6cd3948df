import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Graph } from '../../../src/engine/graph/graph.ts';
import { readActivation } from '../../../src/engine/models/activations.ts';
import { ConfigReader } from '../../../src/engine/models/config-reader.ts';
import { ARCHITECTURES, readNetwork } from '../../../src/engine/models/families.ts';
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
const BERT_SIZES = { ...COMMON, intermediate_size: 48 };
const BERT = named('BertForSequenceClassification', { ...BERT_SIZES, id2label: { 0: 'no', 1: 'yes', 2: 'perhaps' } });
const ROBERTA = named('RobertaForSequenceClassification', { ...BERT_SIZES, max_position_embeddings: 66 });
const DISTIL_SIZES = { vocab_size: 100, dim: 32, n_heads: 4, n_layers: 3, max_position_embeddings: 64 };
const DISTILBERT = named('DistilBertForSequenceClassification', DISTIL_SIZES);
const MASKED = [
  named('BertForMaskedLM', BERT_SIZES),
  named('RobertaForMaskedLM', { ...BERT_SIZES, max_position_embeddings: 66 }),
  named('DistilBertForMaskedLM', DISTIL_SIZES),
];
const T5_SIZES = {
  vocab_size: 100,
  d_model: 32,
  num_heads: 4,
  num_layers: 3,
  d_kv: 8,
  d_ff: 48,
  is_encoder_decoder: true,
};
const T5 = named('T5ForConditionalGeneration', T5_SIZES);
const ENCODERS = [BERT, ROBERTA, DISTILBERT, ...MASKED];
const ALL = [GPT2, LLAMA, NEOX, OPT, MISTRAL, QWEN2, QWEN3, GEMMA2, GEMMA3, PHI3, T5, ...ENCODERS];
const SLIDING = 'sliding_attention';
const FULL = 'full_attention';

describe('families', () => {
  it('are found by their architecture, and each has its sizes', () => {
    expect(ALL.map(({ architectures }) => architectures[0]).sort()).toEqual([...ARCHITECTURES].sort());
    for (const config of ALL) {
      const { network } = readNetwork(config);
      const contextLength = network.kind === 'encoder-decoder' ? 4096 : 64;
      expect(network).toMatchObject({ vocabulary: 100, width: 32, layers: 3, contextLength });
      expect(network.blockPath(2)).toMatch(new RegExp(`^${network.basePrefix.slice(0, -1)}.*\\.2$`));
    }
    expect(readNetwork(QWEN3).network).toMatchObject({ headDim: 128 });
    expect(readNetwork(MISTRAL).network).toMatchObject({ headDim: 8 });
  });

  it('of BERT tell two texts apart, and no other', () => {
    for (const config of [...ENCODERS, { ...ROBERTA, type_vocab_size: 2 }]) {
      const { network } = readNetwork(config);
      const isBert = config.architectures[0]!.startsWith('Bert');
      expect(network, config.architectures[0]).toMatchObject({ tokenTypes: isBert ? 2 : 1 });
    }
  });

  it('take what changes nothing', () => {
    const neutral = {
      partial_rotary_factor: 1,
      rope_scaling: null,
      use_bidirectional_attention: false,
      dtype: 'bfloat16',
    };
    for (const config of ALL.filter((each) => ![GPT2, OPT, NEOX, T5, ...ENCODERS].includes(each)))
      expect(readNetwork({ ...config, ...neutral }).network.width).toBe(32);
    expect(readNetwork({ ...NEOX, rope_theta: 10000, partial_rotary_factor: 0.25 }).network.width).toBe(32);
  });

  it('have the names of their classes, or the ones that transformers gives them', () => {
    expect(readNetwork(BERT).network).toMatchObject({ labels: ['no', 'yes', 'perhaps'] });
    expect(readNetwork(ROBERTA).network).toMatchObject({ labels: ['LABEL_0', 'LABEL_1'] });
    expect(readNetwork({ ...DISTILBERT, num_labels: 3 }).network).toMatchObject({ labels: { length: 3 } });
  });

  it('begin an answer with the token that says so, or with padding', () => {
    expect(readNetwork({ ...T5, decoder_start_token_id: 7 }).network).toMatchObject({ startId: 7 });
    expect(readNetwork({ ...T5, decoder_start_token_id: null, pad_token_id: 5 }).network).toMatchObject({ startId: 5 });
  });

  it('refuse a key that nobody reads, whatever it is called', () => {
    const key = fc.string({ minLength: 1 }).map((text) => `x_${text}`);
    fc.assert(
      fc.property(fc.constantFrom(...ALL), key, fc.oneof(fc.integer(), fc.constant(true), fc.string({ minLength: 1 })), (config, name, value) => {
        expect(() => readNetwork({ ...config, [name]: value })).toThrow(/does not compute/);
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
    ['a regression', { ...BERT, problem_type: 'regression' }, 'problem_type to "regression"'],
    ['a head of one class', { ...BERT, id2label: { 0: 'LABEL_0' } }, 'id2label'],
    ['several classes at once', { ...DISTILBERT, problem_type: 'multi_label_classification' }, 'problem_type'],
    ['names with a gap', { ...BERT, id2label: { 0: 'no', 2: 'yes' } }, 'id2label'],
    ['relative positions of BERT', { ...BERT, position_embedding_type: 'relative_key' }, 'position_embedding_type'],
    ['BERT as a decoder', { ...BERT, is_decoder: true }, 'is_decoder'],
    ['RoBERTa without room for positions', { ...ROBERTA, max_position_embeddings: 2 }, 'max_position_embeddings'],
    ['a gate that is none', { ...T5, feed_forward_proj: 'gated-gelu', is_gated_act: false }, 'is_gated_act'],
    ['an activation that nobody knows', { ...T5, feed_forward_proj: 'mish' }, 'dense_act_fn|feed_forward_proj'],
    ['buckets that cannot be shared out', { ...T5, relative_attention_num_buckets: 2 }, 'relative_attention_num_buckets'],
    ['distances within the exact buckets', { ...T5, relative_attention_max_distance: 8 }, 'relative_attention_max_distance'],
    ['an encoder without a head', { ...BERT, architectures: ['BertModel'] }, 'BertModel'],
    ['images', { ...GEMMA3, architectures: ['Gemma3ForConditionalGeneration'] }, 'Gemma3ForConditionalGeneration'],
  ])('refuse %s by name', (_, config, says) => {
    expect(() => readNetwork(config)).toThrow(new RegExp(says));
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
