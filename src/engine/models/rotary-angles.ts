import type { ConfigReader } from './config-reader.ts';

/** Inverse frequencies of a rotary embedding: position times these are the angles of the pairs. (r / 2) */
export type InverseFrequencies = Float32Array;

/**
 * Reads RoPE from config.json, in the form of transformers 4 (`rope_theta`, `rope_scaling`) or 5 (`rope_parameters`). Scaling
 * kinds: default, linear (Chen et al. 2023), llama3 (Llama 3.1's model card); others are refused by name.
 *
 * @param rotaryDim how many numbers of a head turn
 */
export function readInverseFrequencies(config: ConfigReader, rotaryDim: number): InverseFrequencies {
  const topTheta = config.positive('rope_theta', 10000);
  const scaling = config.nested('rope_parameters') ?? config.nested('rope_scaling');
  const theta = scaling?.positive('rope_theta', topTheta) ?? topTheta;
  const frequencies = Array.from({ length: rotaryDim / 2 }, (_, j) => 1 / theta ** ((2 * j) / rotaryDim));
  return Float32Array.from(scaling ? scaled(frequencies, scaling) : frequencies);
}

function scaled(frequencies: readonly number[], config: ConfigReader): readonly number[] {
  const key = config.has('rope_type') ? 'rope_type' : 'type';
  const kind = config.text(key, 'default');
  // Published files name the kind twice; both are read so that neither counts as unknown.
  if (config.has('type')) config.text('type');
  const result = scaledBy(kind, frequencies, config);
  if (!result) throw config.unsupported(key);
  config.finish();
  return result;
}

function scaledBy(kind: string, frequencies: readonly number[], config: ConfigReader): readonly number[] | undefined {
  if (kind === 'default') return frequencies;
  if (kind === 'linear') {
    const factor = config.positive('factor');
    return frequencies.map((frequency) => frequency / factor);
  }
  return kind === 'llama3' ? llama3(frequencies, config) : undefined;
}

/** Long wavelengths are stretched by the factor, short ones are kept, those between are blended. */
function llama3(frequencies: readonly number[], config: ConfigReader): readonly number[] {
  const factor = config.positive('factor');
  const low = config.positive('low_freq_factor');
  const high = config.positive('high_freq_factor');
  const context = config.size('original_max_position_embeddings');
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
