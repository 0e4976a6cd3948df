import { add, mul } from '../../graph/operators/elementwise.ts';
import { readActivation } from '../activations.ts';
import type { Family } from '../family.ts';
import { readInverseFrequencies } from '../rotary-angles.ts';

/** Llama (Touvron et al. 2023): rotary positions, RMS norm before each part, grouped queries, gated feed-forward. */
export const llama: Family = {
  architectures: ['LlamaForCausalLM'],
  read(config) {
    const width = config.size('hidden_size');
    const heads = config.size('num_attention_heads');
    const keyValueHeads = config.size('num_key_value_heads', heads);
    const headDim = config.size('head_dim', width / heads);
    const layers = config.size('num_hidden_layers');
    const inner = config.size('intermediate_size');
    const vocabulary = config.size('vocab_size');
    const contextLength = config.size('max_position_embeddings');
    const epsilon = config.positive('rms_norm_eps', 1e-6);
    const activation = readActivation(config, 'hidden_act', 'silu');
    const attentionBias = config.flag('attention_bias', false);
    const mlpBias = config.flag('mlp_bias', false);
    const tied = config.flag('tie_word_embeddings', false);
    const rotary = new Map([['', readInverseFrequencies(config, headDim)]]);
    config.require('pretraining_tp', 1);
    if (heads % keyValueHeads !== 0) throw config.unsupported('num_key_value_heads');
    const blockPath = (index: number): string => `model.layers.${index}`;

    return {
      vocabulary,
      width,
      layers,
      keyValueHeads,
      headDim,
      contextLength,
      blockPath,
      rotary, // prettier-ignore
      basePrefix: 'model.',
      forward(f) {
        let x = f.embedding('model.embed_tokens', f.ids, vocabulary, width); // (T, d)
        for (let layer = 0; layer < layers; layer++) {
          const h = blockPath(layer);
          x = f.block(layer, h, x, (input) => {
            const normed = f.rmsNorm(`${h}.input_layernorm`, input, epsilon);
            const project = (name: string, count: number) =>
              f.heads(f.linear(`${h}.self_attn.${name}`, normed, count * headDim, attentionBias), count, headDim);
            const q = f.rotary(project('q_proj', heads), headDim); // (1, H, T, d)
            const k = f.rotary(project('k_proj', keyValueHeads), headDim); // (1, Hkv, T, d)
            const v = project('v_proj', keyValueHeads);
            const mixed = f.attention({ layer, heads, keyValueHeads, headDim, scale: headDim ** -0.5 }, q, k, v);
            const attended = add(input, f.linear(`${h}.self_attn.o_proj`, mixed, width, attentionBias));
            const inward = f.rmsNorm(`${h}.post_attention_layernorm`, attended, epsilon);
            const gate = activation(f.linear(`${h}.mlp.gate_proj`, inward, inner, mlpBias));
            const hidden = mul(gate, f.linear(`${h}.mlp.up_proj`, inward, inner, mlpBias)); // (T, inner)
            return add(attended, f.linear(`${h}.mlp.down_proj`, hidden, width, mlpBias));
          });
        }
        const last = f.rmsNorm('model.norm', f.wantedRows(x), epsilon);
        return f.head(tied ? 'model.embed_tokens' : 'lm_head', last, vocabulary);
      },
    };
  },
};
