import type { ConfigReader } from './config-reader.ts';

/** Inverse frequencies of a rotary embedding: position times these are the angles of the pairs. (r / 2) */
export type InverseFrequencies = Float32Array;

/** What config.json says of a rotary embedding. */
export interface RotaryAngles {
  /** For the first r of each head's numbers; the others do not turn. */
  readonly frequencies: InverseFrequencies;
  /** What cosines and sines are multiplied by. */
  readonly amplitude: number;
  /** Positions for which these frequencies hold. */
  readonly contextLength: number;
}

/** Rotary angles under the name by which a model with several tells them apart. */
export interface RotaryTable extends RotaryAngles {
  readonly name: string;
}

/** What a family says of RoPE outside the object with the scaling, or takes for granted. */
export interface RotaryDefaults {
  readonly headDim: number;
  readonly contextLength: number;
  readonly theta: number;
  /** Share of each head that turns; absent where the family always turns whole heads. */
  readonly share?: number;
  /** The context before it was extended, where the config says it outside. */
  readonly originalContext?: number;
}

/** Reads RoPE from config.json, in the form of transformers 4 (`rope_theta`, `rope_scaling`) or 5 (`rope_parameters`). */
export function readRotary(config: ConfigReader, sizes: Omit<RotaryDefaults, 'theta'>): RotaryTable {
  const theta = config.positive('rope_theta', 10000);
  return { name: '', ...readRotaryAngles(config, ropeObject(config), { ...sizes, theta }) };
}

/** Numbers of a head that are turned; published decoders have 256 at most, and a frequency is made for every two of them. */
const MAX_ROTARY = 2 ** 16;

/** The object that holds the scaling, under its new name or its old one; whichever is left beside it is refused as unknown. */
export function ropeObject(config: ConfigReader): ConfigReader | undefined {
  return config.nested('rope_parameters') ?? config.nested('rope_scaling');
}

/**
 * Angles from an object with the scaling, and what the family says besides. Kinds: default, linear (Chen et al. 2023), llama3
 * (Llama 3.1's model card), longrope (Ding et al. 2024) up to the original context; others are refused by name.
 */
export function readRotaryAngles(
  config: ConfigReader,
  rope: ConfigReader | undefined,
  defaults: RotaryDefaults,
): RotaryAngles {
  const { headDim, contextLength } = defaults;
  if (defaults.share === undefined) config.require('partial_rotary_factor', 1);
  const theta = rope?.positive('rope_theta', defaults.theta) ?? defaults.theta;
  const share = rope?.positive('partial_rotary_factor', defaults.share ?? 1) ?? defaults.share ?? 1;
  const rotaryDim = Math.trunc(headDim * share);
  if (rotaryDim % 2 !== 0 || rotaryDim === 0 || share > 1 || (share !== 1 && defaults.share === undefined)) {
    const from = rope?.has('partial_rotary_factor') ? rope : config;
    throw from.unsupported(['partial_rotary_factor', 'rotary_pct'].find((key) => from.has(key)) ?? 'head_dim');
  }
  if (rotaryDim > MAX_ROTARY) throw config.unsupported(config.has('head_dim') ? 'head_dim' : 'num_attention_heads');
  const plain = { frequencies: inverseFrequencies(theta, rotaryDim), amplitude: 1, contextLength };
  return rope ? scaled(plain, rope, { ...defaults, theta }) : plain;
}

/** 1 / (factor theta^(2j / r)), rounded to float32 wherever PyTorch rounds, so that the angles of far positions agree. */
function inverseFrequencies(theta: number, rotaryDim: number, factors?: readonly number[]): InverseFrequencies {
  return Float32Array.from({ length: rotaryDim / 2 }, (_, j) => {
    const wavelength = Math.fround(theta ** Math.fround((2 * j) / rotaryDim));
    return 1 / Math.fround(Math.fround(factors?.[j] ?? 1) * wavelength);
  });
}

function scaled(plain: RotaryAngles, config: ConfigReader, defaults: RotaryDefaults): RotaryAngles {
  const key = config.has('rope_type') ? 'rope_type' : 'type';
  const kind = config.text(key, 'default');
  // Published files name the kind twice; both are read so that neither counts as unknown.
  if (config.has('type')) config.text('type');
  const scaling = Object.hasOwn(SCALINGS, kind) ? SCALINGS[kind] : undefined;
  if (!scaling) throw config.unsupported(key);
  const result = scaling(plain, config, defaults);
  config.finish();
  return result;
}

type Scaling = (plain: RotaryAngles, config: ConfigReader, defaults: RotaryDefaults) => RotaryAngles;

const SCALINGS: Readonly<Record<string, Scaling>> = {
  default: (plain) => plain,
  linear(plain, config) {
    const factor = config.positive('factor');
    return { ...plain, frequencies: plain.frequencies.map((frequency) => frequency / factor) };
  },
  llama3: (plain, config, defaults) => ({ ...plain, frequencies: llama3(plain.frequencies, config, defaults) }),
  longrope: longRope,
  su: longRope, // what the first Phi-3 files called it
};

function originalContext(config: ConfigReader, { originalContext: outside, contextLength }: RotaryDefaults): number {
  const inside = config.size('original_max_position_embeddings', outside ?? contextLength);
  return outside ?? inside;
}

/** Long wavelengths are stretched by the factor, short ones are kept, those between are blended. */
function llama3(frequencies: InverseFrequencies, config: ConfigReader, defaults: RotaryDefaults): InverseFrequencies {
  const factor = config.positive('factor');
  const low = config.positive('low_freq_factor');
  const high = config.positive('high_freq_factor');
  const context = originalContext(config, defaults);
  if (high <= low) throw config.unsupported('high_freq_factor');
  return frequencies.map((frequency) => {
    const turns = (context * frequency) / (2 * Math.PI);
    if (turns < low) return frequency / factor;
    if (turns > high) return frequency;
    const blend = (turns - low) / (high - low);
    return ((1 - blend) * frequency) / factor + blend * frequency;
  });
}

/**
 * Every frequency has a factor of its own, for short sequences and for those beyond the original context. Which set counts
 * depends on the length of the whole sequence, earlier positions included, so only the short one is computed, and the context
 * ends where the long one would begin (docs/decisions/0017).
 */
function longRope(plain: RotaryAngles, config: ConfigReader, defaults: RotaryDefaults): RotaryAngles {
  const [short, long] = [config.numbers('short_factor'), config.numbers('long_factor')];
  const fits = (factors: readonly number[]): boolean =>
    factors.length === plain.frequencies.length && factors.every((factor) => factor > 0);
  if (!fits(short) || !fits(long)) throw config.unsupported(fits(short) ? 'long_factor' : 'short_factor');
  const original = originalContext(config, defaults);
  const factor = config.positive('factor', plain.contextLength / original);
  const recommended = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
  return {
    frequencies: inverseFrequencies(defaults.theta, 2 * short.length, short),
    amplitude: config.positive('attention_factor', recommended),
    contextLength: Math.min(plain.contextLength, original),
  };
}

/**
 * Cosines and sines of positions start ... start + length - 1, each (1, length, r / 2). Angles are rounded to float32 before the
 * cosine, as PyTorch does, so that far positions agree.
 */
export function rotaryTables(
  frequencies: InverseFrequencies,
  start: number,
  length: number,
): { cos: Float32Array; sin: Float32Array } {
  const half = frequencies.length;
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let row = 0; row < length; row++) {
    for (let j = 0; j < half; j++) {
      const angle = Math.fround((start + row) * frequencies[j]!);
      cos[row * half + j] = Math.cos(angle);
      sin[row * half + j] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
