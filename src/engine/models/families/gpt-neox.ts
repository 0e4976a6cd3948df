import { add } from '../../graph/operators/elementwise.ts';
import { split } from '../../graph/operators/movement.ts';
import { readActivation } from '../activations.ts';
import type { Family } from '../family.ts';
import { readRotaryAngles, ropeObject } from '../rotary-angles.ts';

/** GPT-NeoX (Black et al. 2022; Pythia): attention and feed-forward side by side, part of each head turns, queries, keys and values fused. */
export const gptNeoX: Family = {
  architectures: ['GPTNeoXForCausalLM'],
  read(config) {
    const width = config.size('hidden_size');
    const heads = config.size('num_attention_heads');
    const layers = config.layers('num_hidden_layers');
    const inner = config.size('intermediate_size');
    const vocabulary = config.size('vocab_size');
    const contextLength = config.size('max_position_embeddings');
    const epsilon = config.positive('layer_norm_eps', 1e-5);
    const activation = readActivation(config, 'hidden_act', 'gelu');
    const tied = config.flag('tie_word_embeddings', false);
    const parallel = config.flag('use_parallel_residual', true);
    const bias = config.flag('attention_bias', true);
    if (width % heads !== 0) throw config.unsupported('num_attention_heads');
    const headDim = width / heads;
    // Some versions of transformers wrote both under their usual names as well.
    const theta = config.positive('rotary_emb_base', 10000);
    const share = config.positive('rotary_pct', 0.25);
    config.require('rope_theta', theta);
    config.require('partial_rotary_factor', share);
    const angles = readRotaryAngles(config, ropeObject(config), { headDim, contextLength, theta, share });
    const rotary = { name: '', ...angles };
    const blockPath = (index: number): string => `gpt_neox.layers.${index}`;

    return {
      kind: 'causal',
      ...{ vocabulary, width, layers, keyValueHeads: heads, headDim, blockPath },
      contextLength: angles.contextLength,
      rotary: new Map([[rotary.name, rotary.frequencies]]),
      basePrefix: 'gpt_neox.',
      forward(f) {
        let x = f.embedding('gpt_neox.embed_in', f.ids, vocabulary, width); // (T, d)
        for (let layer = 0; layer < layers; layer++) {
          const h = blockPath(layer);
          x = f.block(layer, h, x, (input) => {
            const normed = f.layerNorm(`${h}.input_layernorm`, input, epsilon);
            const qkv = f.linear(`${h}.attention.query_key_value`, normed, 3 * width, bias); // (T, 3 d), head by head
            const [q, k, v] = split(f.heads(qkv, heads, 3 * headDim), [headDim, headDim, headDim], -1); // (1, H, T, d / H)
            const shape = { layer, heads, keyValueHeads: heads, headDim, scale: headDim ** -0.5 };
            const mixed = f.attention(shape, f.rotary(q!, rotary), f.rotary(k!, rotary), v!);
            const attended = add(f.linear(`${h}.attention.dense`, mixed, width, bias), input);
            const inward = f.layerNorm(`${h}.post_attention_layernorm`, parallel ? input : attended, epsilon);
            const hidden = activation(f.linear(`${h}.mlp.dense_h_to_4h`, inward, inner)); // (T, inner)
            return add(attended, f.linear(`${h}.mlp.dense_4h_to_h`, hidden, width));
          });
        }
        const last = f.layerNorm('gpt_neox.final_layer_norm', f.wantedRows(x), epsilon);
        const head = f.has('lm_head.weight') ? 'lm_head' : 'embed_out'; // as transformers calls it now, or in its files
        return f.head(tied ? 'gpt_neox.embed_in' : head, last, vocabulary);
      },
    };
  },
};
