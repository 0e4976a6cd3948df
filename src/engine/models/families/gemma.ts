import type { ConfigReader } from '../config-reader.ts';
import type { Family } from '../family.ts';
import { gatedDecoder, readGatedSizes, readWindows, type GatedDecoder, type GatedSizes } from '../gated-decoder.ts';
import { readRotary, readRotaryAngles, ropeObject, type RotaryTable } from '../rotary-angles.ts';

const DEFAULTS = {
  keyValueHeads: 4,
  headDim: 256,
  tied: true,
  activation: ['hidden_activation', 'gelu_pytorch_tanh'],
} as const;

/**
 * Gemma 2 (Gemma Team 2024): norms around each part with factors stored as their distance from 1, embeddings times
 * sqrt(width), capped scores and logits, a window in every other layer.
 */
export const gemma2: Family = {
  architectures: ['Gemma2ForCausalLM'],
  read(config) {
    const sizes = readGatedSizes(config, DEFAULTS);
    const rotary = readRotary(config, sizes);
    // Published files say the activation twice; hidden_act is the one that nobody reads.
    config.require('hidden_act', config.text(...DEFAULTS.activation));
    const windows = readWindows(config, sizes.layers, readWindow(config), (layer) => layer % 2 === 0);
    return gatedDecoder({
      ...sizes,
      ...readGemma(config, sizes),
      positions: windows.map((window) => ({ rotary, window })),
      scoreCap: config.unlessNull('attn_logit_softcapping', (key) => config.positive(key, 50)),
      logitCap: config.unlessNull('final_logit_softcapping', (key) => config.positive(key, 30)),
    });
  },
};

/** Gemma 3's text model (Gemma Team 2025): normed queries and keys instead of capped scores; angles of their own in windows. */
export const gemma3: Family = {
  architectures: ['Gemma3ForCausalLM'],
  read(config) {
    const sizes = readGatedSizes(config, DEFAULTS);
    const tables = readTables(config, sizes);
    const pattern = config.size('sliding_window_pattern', 6);
    // A copy of what layer_types was made from.
    if (config.has('layer_types')) config.size('_sliding_window_pattern', pattern);
    else config.require('_sliding_window_pattern', pattern);
    const windows = readWindows(config, sizes.layers, readWindow(config), (layer) => (layer + 1) % pattern !== 0);
    return gatedDecoder({
      ...sizes,
      ...readGemma(config, sizes),
      positions: windows.map((window) => ({ rotary: window === undefined ? tables.full : tables.sliding, window })),
      headNorm: true,
      logitCap: config.has('final_logit_softcapping') ? config.positive('final_logit_softcapping') : undefined,
    });
  },
};

const readWindow = (config: ConfigReader): number | undefined =>
  config.unlessNull('sliding_window', (key) => config.size(key, 4096));

function readGemma(config: ConfigReader, { width }: GatedSizes): Partial<GatedDecoder> {
  const bias = config.flag('attention_bias', false);
  return {
    bias: { queryKeyValue: bias, output: bias },
    scoreScale: config.positive('query_pre_attn_scalar', 256) ** -0.5,
    normOffset: 1,
    normsBehind: true,
    embeddingScale: Math.sqrt(width),
  };
}

/** transformers 5 writes one object for each kind of layer, 4 wrote the windows' theta beside the other's. */
function readTables(
  config: ConfigReader,
  sizes: GatedSizes,
): { readonly full: RotaryTable; readonly sliding: RotaryTable } {
  const [full, sliding] = [config.positive('rope_theta', 1e6), config.positive('rope_local_base_freq', 1e4)];
  const both = config.nested('rope_parameters');
  const object = both ? both.nested('full_attention') : ropeObject(config);
  const angles = {
    full: readRotaryAngles(config, object, { ...sizes, theta: full }),
    sliding: readRotaryAngles(config, both?.nested('sliding_attention'), { ...sizes, theta: sliding }),
  };
  both?.finish();
  return { full: { name: '', ...angles.full }, sliding: { name: '.sliding', ...angles.sliding } };
}
