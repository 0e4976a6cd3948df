import { add, mul, scale } from '../graph/operators/elementwise.ts';
import { split } from '../graph/operators/movement.ts';
import type { Value } from '../graph/value.ts';
import { readActivation } from './activations.ts';
import type { ConfigReader } from './config-reader.ts';
import type { Decoder } from './family.ts';
import type { Forward } from './forward.ts';
import type { RotaryTable } from './rotary-angles.ts';

/** What every decoder of Llama's kind says in config.json. */
export interface GatedSizes {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Width within the feed-forward part. */
  readonly inner: number;
  readonly contextLength: number;
  readonly epsilon: number;
  readonly activation: (x: Value) => Value;
  readonly tied: boolean;
}

/** How a layer sees positions. */
export interface LayerPositions {
  readonly rotary: RotaryTable;
  /** How many positions a token attends to, itself among them; all before it where absent. */
  readonly window?: number | undefined;
}

/** A decoder of Llama's kind: what its layers do, and where it differs from Llama. */
export interface GatedDecoder extends GatedSizes {
  /** One for each layer. */
  readonly positions: readonly LayerPositions[];
  /** Which linear modules have a bias; none where absent. */
  readonly bias?: { readonly queryKeyValue?: boolean; readonly output?: boolean; readonly feedForward?: boolean };
  /** One module for queries, keys and values, and one for gate and up (Phi-3). */
  readonly fused?: boolean;
  /** RMS norm of every query and key head before it turns (Qwen3, Gemma 3). */
  readonly headNorm?: boolean;
  /** What scores are multiplied by; 1 / sqrt(headDim) where absent. */
  readonly scoreScale?: number;
  readonly scoreCap?: number | undefined;
  readonly logitCap?: number | undefined;
  /** What is added to the weights of RMS norms. */
  readonly normOffset?: number;
  /** Norms behind each part as well as before it (Gemma 2). */
  readonly normsBehind?: boolean;
  readonly embeddingScale?: number;
}

/** What the family's configuration class takes for keys that are absent. */
export interface GatedDefaults {
  /** Absent: as many as heads. */
  readonly keyValueHeads?: number;
  /** Absent: the width divided among the heads. */
  readonly headDim?: number;
  readonly epsilon?: number;
  readonly tied?: boolean;
  /** Key and value of the activation function. */
  readonly activation?: readonly [key: string, otherwise: string];
}

export function readGatedSizes(config: ConfigReader, defaults: GatedDefaults = {}): GatedSizes {
  const width = config.size('hidden_size');
  const heads = config.size('num_attention_heads');
  const readGroups = (key: string): number => config.size(key, defaults.keyValueHeads ?? heads);
  const keyValueHeads = config.unlessNull('num_key_value_heads', readGroups) ?? heads;
  if (heads % keyValueHeads !== 0) throw config.unsupported('num_key_value_heads');
  return {
    width,
    heads,
    keyValueHeads,
    headDim: config.size('head_dim', defaults.headDim ?? width / heads),
    layers: config.layers('num_hidden_layers'),
    inner: config.size('intermediate_size'),
    vocabulary: config.size('vocab_size'),
    contextLength: config.size('max_position_embeddings'),
    epsilon: config.positive('rms_norm_eps', defaults.epsilon ?? 1e-6),
    activation: readActivation(config, ...(defaults.activation ?? (['hidden_act', 'silu'] as const))),
    tied: config.flag('tie_word_embeddings', defaults.tied ?? false),
  };
}

/** The same positions for every layer. */
export function samePositions({ layers }: GatedSizes, positions: LayerPositions): readonly LayerPositions[] {
  return Array.from({ length: layers }, () => positions);
}

/**
 * Windows by layer: `layer_types` says which layers have one; where it is absent, the family's rule does. Undefined for layers
 * that attend to everything before them.
 */
export function readWindows(
  config: ConfigReader,
  layers: number,
  window: number | undefined,
  slides: (layer: number) => boolean,
): readonly (number | undefined)[] {
  const byRule = Array.from({ length: layers }, (_, layer) => (slides(layer) ? 'sliding_attention' : 'full_attention'));
  const types = config.texts('layer_types') ?? byRule;
  const known = types.every((type) => type === 'sliding_attention' || type === 'full_attention');
  if (types.length !== layers || !known) throw config.unsupported('layer_types');
  if (window === undefined && types.includes('sliding_attention')) throw config.unsupported('sliding_window');
  return types.map((type) => (type === 'sliding_attention' ? window : undefined));
}

/** The forward pass of Llama and its descendants: rotary positions, RMS norms, grouped queries, gated feed-forward. */
export function gatedDecoder(model: GatedDecoder): Decoder {
  const { vocabulary, width, layers, keyValueHeads, headDim, contextLength, positions, tied } = model;
  const blockPath = (index: number): string => `model.layers.${index}`;
  return {
    kind: 'causal',
    ...{ vocabulary, width, layers, keyValueHeads, headDim, contextLength, blockPath },
    rotary: new Map(positions.map(({ rotary }) => [rotary.name, rotary.frequencies])),
    basePrefix: 'model.',
    forward(f) {
      const embedded = f.embedding('model.embed_tokens', f.ids, vocabulary, width);
      let x = scale(embedded, model.embeddingScale ?? 1); // (T, d)
      for (let layer = 0; layer < layers; layer++)
        x = f.block(layer, blockPath(layer), x, (input) => block(f, model, layer, blockPath(layer), input));
      const last = f.rmsNorm('model.norm', f.wantedRows(x), model.epsilon, model.normOffset);
      return f.softCap(f.head(tied ? 'model.embed_tokens' : 'lm_head', last, vocabulary), model.logitCap);
    },
  };
}

function block(f: Forward, model: GatedDecoder, layer: number, path: string, input: Value): Value {
  const norm = (name: string, x: Value): Value => f.rmsNorm(`${path}.${name}`, x, model.epsilon, model.normOffset);
  const mixed = selfAttention(f, model, layer, `${path}.self_attn`, norm('input_layernorm', input));
  if (!model.normsBehind) {
    const attended = add(input, mixed);
    return add(attended, feedForward(f, model, `${path}.mlp`, norm('post_attention_layernorm', attended)));
  }
  const attended = add(input, norm('post_attention_layernorm', mixed));
  const inward = norm('pre_feedforward_layernorm', attended);
  return add(attended, norm('post_feedforward_layernorm', feedForward(f, model, `${path}.mlp`, inward)));
}

/** (T, d) -> (T, d) */
function selfAttention(f: Forward, model: GatedDecoder, layer: number, path: string, x: Value): Value {
  const { heads, keyValueHeads, headDim, contextLength, scoreCap: cap } = model;
  const { rotary, window } = model.positions[layer]!;
  const counts = [heads, keyValueHeads, keyValueHeads];
  const bias = model.bias?.queryKeyValue ?? false;
  const [q, k, v] = projections(f, path, x, ['q_proj', 'k_proj', 'v_proj'], model.fused ? 'qkv_proj' : undefined, {
    sizes: counts.map((count) => count * headDim),
    bias,
  }).map((rows, at) => f.heads(rows, counts[at]!, headDim)) as [Value, Value, Value]; // (1, H, T, d / H)
  const turned = (heads: Value, norm: string): Value =>
    f.rotary(model.headNorm ? f.rmsNorm(`${path}.${norm}`, heads, model.epsilon, model.normOffset) : heads, rotary);
  const shape = {
    ...{ layer, heads, keyValueHeads, headDim, cap },
    scale: model.scoreScale ?? headDim ** -0.5,
    window: window !== undefined && window < contextLength ? window : undefined,
  };
  const mixed = f.attention(shape, turned(q, 'q_norm'), turned(k, 'k_norm'), v); // (T, H * d / H)
  return f.linear(`${path}.o_proj`, mixed, model.width, model.bias?.output ?? false);
}

/** (T, d) -> (T, d) */
function feedForward(f: Forward, model: GatedDecoder, path: string, x: Value): Value {
  const { inner } = model;
  const bias = model.bias?.feedForward ?? false;
  const [gate, up] = projections(f, path, x, ['gate_proj', 'up_proj'], model.fused ? 'gate_up_proj' : undefined, {
    sizes: [inner, inner],
    bias,
  });
  return f.linear(`${path}.down_proj`, mul(model.activation(gate!), up!), model.width, bias); // within: (T, inner)
}

/** Several linear modules of the same rows, or one whose output is cut. (T, d) -> (T, size) each */
function projections(
  f: Forward,
  path: string,
  x: Value,
  names: readonly string[],
  fused: string | undefined,
  { sizes, bias }: { readonly sizes: readonly number[]; readonly bias: boolean },
): readonly Value[] {
  if (fused === undefined) return names.map((name, at) => f.linear(`${path}.${name}`, x, sizes[at]!, bias));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return split(f.linear(`${path}.${fused}`, x, total, bias), sizes, -1);
}
