import { add, mul, scale } from '../../graph/operators/elementwise.ts';
import type { Value } from '../../graph/value.ts';
import { readActivation } from '../activations.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { Family } from '../family.ts';
import type { Forward } from '../forward.ts';
import type { HookStack } from '../hook-point.ts';

/** Relative positions set no limit; this one keeps the memory of attention scores within bounds. */
const LONGEST = 4096;

interface T5Sizes {
  readonly width: number;
  readonly heads: number;
  readonly headDim: number;
  readonly inner: number;
  readonly epsilon: number;
  readonly gated: boolean;
  readonly activation: (x: Value) => Value;
  readonly buckets: number;
}

/**
 * T5 (Raffel et al. 2020) and its version 1.1, of which FLAN-T5 descends: RMS norms before each part, relative positions as a
 * bias of the scores, no biases else. Version 1.1 has a gated feed-forward part and an output matrix of its own.
 */
export const t5: Family = {
  architectures: ['T5ForConditionalGeneration'],
  read(config) {
    const width = config.size('d_model');
    const layers = config.layers('num_layers');
    const decoderLayers = config.unlessNull('num_decoder_layers', (key) => config.layers(key, layers)) ?? layers;
    const vocabulary = config.size('vocab_size');
    const buckets = config.size('relative_attention_num_buckets', 32);
    const maxDistance = config.size('relative_attention_max_distance', 128);
    if (buckets < 4) throw config.unsupported('relative_attention_num_buckets');
    if (maxDistance <= buckets / 2) throw config.unsupported('relative_attention_max_distance');
    // The original version's files are tied; transformers 5 writes `true` for both, and tells by the factor which one it is.
    const tied = config.flag('tie_word_embeddings', true);
    const scaled = config.flag('scale_decoder_outputs', tied);
    const startId = config.index('decoder_start_token_id', config.index('pad_token_id', 0));
    const sizes = {
      ...{ width, buckets },
      heads: config.size('num_heads'),
      headDim: config.size('d_kv'),
      inner: config.size('d_ff'),
      epsilon: config.positive('layer_norm_epsilon', 1e-6),
      ...readFeedForward(config),
    };
    config.require('is_encoder_decoder', true);
    config.size('n_positions', LONGEST); // how long the texts of the training were

    return {
      kind: 'encoder-decoder',
      ...{ vocabulary, width, layers, startId },
      contextLength: LONGEST,
      blockPath: (block) => `encoder.block.${block}`,
      decoderBlockPath: (block) => `decoder.block.${block}`,
      basePrefix: '',
      unread:
        /^((encoder|decoder)\.embed_tokens\.weight|decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight)$/,
      buckets: {
        encoder: { count: buckets, maxDistance, bidirectional: true },
        decoder: { count: buckets, maxDistance, bidirectional: false },
      },
      forward(f) {
        const shared = sharedPath(f, tied);
        const read = encoder(f, sizes, layers, f.embedding(shared, f.sourceIds, vocabulary, width)); // (S, d)
        const said = decoder(f, sizes, decoderLayers, f.embedding(shared, f.ids, vocabulary, width), read); // (R, d)
        const untied = f.has('lm_head.weight') || !tied;
        return f.head(untied ? 'lm_head' : shared, scale(said, scaled ? width ** -0.5 : 1), vocabulary);
      },
    };
  },
};

/** Path of the one embedding: a file need not have it under its first name, since all of them are tied. */
function sharedPath(f: Forward, tied: boolean): string {
  const paths = ['shared', 'encoder.embed_tokens', 'decoder.embed_tokens', ...(tied ? ['lm_head'] : [])];
  return paths.find((path) => f.has(`${path}.weight`)) ?? 'shared';
}

/** `relu`, or `gated-gelu` and the like; transformers writes what follows from it beside it. */
function readFeedForward(config: ConfigReader): Pick<T5Sizes, 'gated' | 'activation'> {
  const projection = config.text('feed_forward_proj', 'relu');
  const gated = projection.startsWith('gated-');
  // The gated one is the tanh approximation, whatever its name says.
  const name = projection === 'gated-gelu' ? 'gelu_new' : projection.replace(/^gated-/, '');
  config.require('is_gated_act', gated);
  config.require('dense_act_fn', name);
  return { gated, activation: readActivation(config, 'dense_act_fn', name) };
}

/** (S, d) -> (S, d) */
function encoder(f: Forward, sizes: T5Sizes, layers: number, embedded: Value): Value {
  const bias = relativeBias(f, sizes, 'encoder');
  let x = embedded;
  for (let layer = 0; layer < layers; layer++) {
    const h = `encoder.block.${layer}`;
    x = f.block(layer, h, x, (input) => {
      const path = `${h}.layer.0.SelfAttention`;
      const rows = f.rmsNorm(`${h}.layer.0.layer_norm`, input, sizes.epsilon);
      const [q, k, v] = ['q', 'k', 'v'].map((name) => heads(f, sizes, `${path}.${name}`, rows));
      const attended = add(input, f.linear(`${path}.o`, f.encoderAttention(1, q!, k!, v!, bias), sizes.width, false));
      return feedForward(f, sizes, `${h}.layer.1`, attended);
    });
  }
  return f.rmsNorm('encoder.final_layer_norm', x, sizes.epsilon);
}

/** (T, d), (S, d) -> (R, d) */
function decoder(f: Forward, sizes: T5Sizes, layers: number, embedded: Value, read: Value): Value {
  const bias = relativeBias(f, sizes, 'decoder');
  let x = embedded;
  for (let layer = 0; layer < layers; layer++) {
    const h = `decoder.block.${layer}`;
    x = f.block(layer, h, x, (input) => {
      const own = `${h}.layer.0.SelfAttention`;
      const rows = f.rmsNorm(`${h}.layer.0.layer_norm`, input, sizes.epsilon);
      const [q, k, v] = ['q', 'k', 'v'].map((name) => heads(f, sizes, `${own}.${name}`, rows));
      const shape = { layer, heads: sizes.heads, keyValueHeads: sizes.heads, headDim: sizes.headDim, scale: 1 };
      const attended = add(input, f.linear(`${own}.o`, f.attention(shape, q!, k!, v!, bias), sizes.width, false));
      const cross = `${h}.layer.1.EncDecAttention`;
      const asking = heads(f, sizes, `${cross}.q`, f.rmsNorm(`${h}.layer.1.layer_norm`, attended, sizes.epsilon));
      const [key, value] = ['k', 'v'].map((name) => heads(f, sizes, `${cross}.${name}`, read));
      const found = f.crossAttention(layer, 1, asking, key!, value!);
      const informed = add(attended, f.linear(`${cross}.o`, found, sizes.width, false));
      return feedForward(f, sizes, `${h}.layer.2`, informed);
    });
  }
  return f.rmsNorm('decoder.final_layer_norm', f.wantedRows(x), sizes.epsilon);
}

/** All layers of a stack share the first one's. */
function relativeBias(f: Forward, { buckets, heads }: T5Sizes, stack: HookStack): Value {
  const path = `${stack}.block.0.layer.0.SelfAttention.relative_attention_bias`;
  return f.relativeBias(path, stack, buckets, heads);
}

/** (T, d) -> (1, H, T, d / H) */
function heads(f: Forward, { heads: count, headDim }: T5Sizes, path: string, x: Value): Value {
  return f.heads(f.linear(path, x, count * headDim, false), count, headDim);
}

/** (T, d) -> (T, d), the residual stream included */
function feedForward(f: Forward, { width, inner, epsilon, gated, activation }: T5Sizes, path: string, x: Value): Value {
  const rows = f.rmsNorm(`${path}.layer_norm`, x, epsilon);
  const project = (name: string): Value => f.linear(`${path}.DenseReluDense.${name}`, rows, inner, false); // (T, inner)
  const hidden = gated ? mul(activation(project('wi_0')), project('wi_1')) : activation(project('wi'));
  return add(x, f.linear(`${path}.DenseReluDense.wo`, hidden, width, false));
}
