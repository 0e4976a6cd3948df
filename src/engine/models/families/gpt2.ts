import { add } from '../../graph/operators/elementwise.ts';
import { split } from '../../graph/operators/movement.ts';
import { readActivation } from '../activations.ts';
import type { Family } from '../family.ts';

/** GPT-2 (Radford et al. 2019): learned positions, layer norm before each part, Conv1D weights. */
export const gpt2: Family = {
  architectures: ['GPT2LMHeadModel'],
  read(config) {
    const width = config.size('n_embd');
    const heads = config.size('n_head');
    const layers = config.layers('n_layer');
    const inner = config.size('n_inner', 4 * width);
    const vocabulary = config.size('vocab_size');
    const contextLength = config.size('n_positions');
    const epsilon = config.positive('layer_norm_epsilon', 1e-5);
    const activation = readActivation(config, 'activation_function', 'gelu_new');
    const tied = config.flag('tie_word_embeddings', true);
    const scaled = config.flag('scale_attn_weights', true);
    const byLayer = config.flag('scale_attn_by_inverse_layer_idx', false);
    config.flag('reorder_and_upcast_attn', false); // an order of half-precision arithmetic; all is float32 here
    config.require('add_cross_attention', false);
    if (width % heads !== 0) throw config.unsupported('n_head');
    const headDim = width / heads;
    const blockPath = (index: number): string => `transformer.h.${index}`;

    return {
      kind: 'causal',
      vocabulary,
      width,
      layers,
      keyValueHeads: heads,
      headDim,
      contextLength,
      blockPath, // prettier-ignore
      rotary: new Map(),
      basePrefix: 'transformer.',
      forward(f) {
        const tokens = f.embedding('transformer.wte', f.ids, vocabulary, width);
        let x = add(tokens, f.embedding('transformer.wpe', f.positions, contextLength, width)); // (T, d)
        for (let layer = 0; layer < layers; layer++) {
          const h = blockPath(layer);
          const scale = (scaled ? headDim ** -0.5 : 1) / (byLayer ? layer + 1 : 1);
          x = f.block(layer, h, x, (input) => {
            const qkv = f.conv1d(`${h}.attn.c_attn`, f.layerNorm(`${h}.ln_1`, input, epsilon), 3 * width); // (T, 3 d)
            const [q, k, v] = split(qkv, [width, width, width], -1).map((part) => f.heads(part, heads, headDim)); // (1, H, T, d / H)
            const mixed = f.attention({ layer, heads, keyValueHeads: heads, headDim, scale }, q!, k!, v!);
            const attended = add(input, f.conv1d(`${h}.attn.c_proj`, mixed, width));
            const hidden = activation(f.conv1d(`${h}.mlp.c_fc`, f.layerNorm(`${h}.ln_2`, attended, epsilon), inner)); // (T, 4 d)
            return add(attended, f.conv1d(`${h}.mlp.c_proj`, hidden, width));
          });
        }
        const last = f.layerNorm('transformer.ln_f', f.wantedRows(x), epsilon);
        return f.head(tied ? 'transformer.wte' : 'lm_head', last, vocabulary);
      },
    };
  },
};
