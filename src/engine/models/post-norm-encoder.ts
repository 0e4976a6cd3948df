import { add } from '../graph/operators/elementwise.ts';
import type { Value } from '../graph/value.ts';
import { readActivation } from './activations.ts';
import type { ConfigReader } from './config-reader.ts';
import type { Forward } from './forward.ts';

/** What an encoder of BERT's kind is made of (Devlin et al. 2019): layer norms behind each part, learned positions. */
export interface PostNormEncoder {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width within the feed-forward part. */
  readonly inner: number;
  readonly epsilon: number;
  readonly activation: (x: Value) => Value;
  /** Rows of the embedding of positions. */
  readonly positions: number;
  /** Rows of the embedding of token types; 0 where there is none. */
  readonly types: number;
  readonly names: EncoderNames;
}

/** PyTorch paths of the modules; those within a block come behind its path. */
export interface EncoderNames {
  readonly embeddings: string;
  block(index: number): string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly attentionNorm: string;
  readonly up: string;
  readonly down: string;
  readonly outputNorm: string;
}

/** The names of BERT and RoBERTa. */
export const bertNames = (base: string): EncoderNames => ({
  embeddings: `${base}.embeddings`,
  block: (index) => `${base}.encoder.layer.${index}`,
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  attentionOutput: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  up: 'intermediate.dense',
  down: 'output.dense',
  outputNorm: 'output.LayerNorm',
});

/** What BERT and RoBERTa say of their encoder in config.json. */
export function readBertEncoder(config: ConfigReader, names: EncoderNames): PostNormEncoder {
  config.require('is_decoder', false);
  config.require('add_cross_attention', false);
  config.require('position_embedding_type', 'absolute');
  const width = config.size('hidden_size', 768);
  const heads = config.size('num_attention_heads', 12);
  if (width % heads !== 0) throw config.unsupported('num_attention_heads');
  return {
    ...{ width, heads, names },
    vocabulary: config.size('vocab_size'),
    layers: config.layers('num_hidden_layers', 12),
    inner: config.size('intermediate_size', 3072),
    epsilon: config.positive('layer_norm_eps', 1e-12),
    activation: readActivation(config, 'hidden_act', 'gelu'),
    positions: config.size('max_position_embeddings', 512),
    types: config.size('type_vocab_size', 2),
  };
}

/** The hidden states behind the last block. (S, d) */
export function postNormEncoder(f: Forward, model: PostNormEncoder): Value {
  const { width, heads, epsilon, names } = model;
  const headDim = width / heads;
  let x = embeddings(f, model);
  for (let layer = 0; layer < model.layers; layer++) {
    const h = names.block(layer);
    x = f.block(layer, h, x, (input) => {
      const project = (name: string): Value => f.heads(f.linear(`${h}.${name}`, input, width), heads, headDim);
      const [q, k, v] = [names.query, names.key, names.value].map(project) as [Value, Value, Value]; // (1, H, S, d / H)
      const mixed = f.linear(`${h}.${names.attentionOutput}`, f.encoderAttention(headDim ** -0.5, q, k, v), width);
      const attended = f.layerNorm(`${h}.${names.attentionNorm}`, add(mixed, input), epsilon);
      const hidden = model.activation(f.linear(`${h}.${names.up}`, attended, model.inner)); // (S, inner)
      return f.layerNorm(
        `${h}.${names.outputNorm}`,
        add(f.linear(`${h}.${names.down}`, hidden, width), attended),
        epsilon,
      );
    });
  }
  return x;
}

/** (S, d) */
function embeddings(f: Forward, { names, vocabulary, width, positions, types, epsilon }: PostNormEncoder): Value {
  const path = names.embeddings;
  const words = f.embedding(`${path}.word_embeddings`, f.sourceIds, vocabulary, width);
  const placed = add(words, f.embedding(`${path}.position_embeddings`, f.sourcePositions, positions, width));
  const typed =
    types === 0 ? placed : add(placed, f.embedding(`${path}.token_type_embeddings`, f.sourceTypes, types, width));
  return f.layerNorm(`${path}.LayerNorm`, typed, epsilon);
}
