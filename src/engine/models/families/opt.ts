import { add } from '../../graph/operators/elementwise.ts';
import type { Value } from '../../graph/value.ts';
import { readActivation } from '../activations.ts';
import type { Family } from '../family.ts';

/** Rows of the position embedding before that of the first position. */
const OFFSET = 2;

/** OPT (Zhang et al. 2022): learned positions, layer norm before each part, or behind it, with narrower embeddings (350 M). */
export const opt: Family = {
  architectures: ['OPTForCausalLM'],
  read(config) {
    const width = config.size('hidden_size');
    const heads = config.size('num_attention_heads');
    const layers = config.layers('num_hidden_layers');
    const inner = config.size('ffn_dim');
    const vocabulary = config.size('vocab_size');
    const contextLength = config.size('max_position_embeddings');
    const wordWidth = config.size('word_embed_proj_dim', width);
    const activation = readActivation(config, 'activation_function', 'relu');
    const bias = config.flag('enable_bias', true);
    const before = config.flag('do_layer_norm_before', true);
    const finalNorm = before && !config.flag('_remove_final_layer_norm', false);
    const tied = config.flag('tie_word_embeddings', true);
    config.require('layer_norm_elementwise_affine', true);
    if (width % heads !== 0) throw config.unsupported('num_attention_heads');
    const headDim = width / heads;
    const base = 'model.decoder';
    const blockPath = (index: number): string => `${base}.layers.${index}`;

    return {
      kind: 'causal',
      ...{ vocabulary, width, layers, keyValueHeads: heads, headDim, contextLength, blockPath },
      rotary: new Map(),
      basePrefix: 'model.',
      forward(f) {
        const norm = (path: string, x: Value): Value => f.layerNorm(path, x, 1e-5);
        const words = f.embedding(`${base}.embed_tokens`, f.ids, vocabulary, wordWidth);
        const tokens = wordWidth === width ? words : f.linear(`${base}.project_in`, words, width, false);
        const places = f.embedding(`${base}.embed_positions`, add(f.positions, f.graph.ints(OFFSET)), contextLength + OFFSET, width); // prettier-ignore
        let x = add(tokens, places); // (T, d)
        for (let layer = 0; layer < layers; layer++) {
          const h = blockPath(layer);
          // A part with its norm on the side that the config says, beside the residual stream.
          const part = (input: Value, name: string, body: (x: Value) => Value): Value =>
            before ? add(input, body(norm(`${h}.${name}`, input))) : norm(`${h}.${name}`, add(input, body(input)));
          x = f.block(layer, h, x, (input) => {
            const attended = part(input, 'self_attn_layer_norm', (rows) => {
              const project = (name: string): Value =>
                f.heads(f.linear(`${h}.self_attn.${name}`, rows, width, bias), heads, headDim); // (1, H, T, d / H)
              const shape = { layer, heads, keyValueHeads: heads, headDim, scale: headDim ** -0.5 };
              const mixed = f.attention(shape, project('q_proj'), project('k_proj'), project('v_proj'));
              return f.linear(`${h}.self_attn.out_proj`, mixed, width, bias);
            });
            return part(attended, 'final_layer_norm', (rows) => {
              const hidden = activation(f.linear(`${h}.fc1`, rows, inner, bias)); // (T, inner)
              return f.linear(`${h}.fc2`, hidden, width, bias);
            });
          });
        }
        const rows = f.wantedRows(x);
        const last = finalNorm ? norm(`${base}.final_layer_norm`, rows) : rows;
        // Like the output matrix, it is applied to the wanted rows only, and no hook point.
        const narrow = wordWidth === width ? last : f.head(`${base}.project_out`, last, wordWidth);
        return f.head(tied ? `${base}.embed_tokens` : 'lm_head', narrow, vocabulary);
      },
    };
  },
};
