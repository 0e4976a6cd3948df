import type { ConfigReader } from '../config-reader.ts';
import type { Family } from '../family.ts';
import { gatedDecoder, readGatedSizes, readWindows, type GatedSizes, type LayerPositions } from '../gated-decoder.ts';
import { readRotary } from '../rotary-angles.ts';

/** Qwen2 (Yang et al. 2024): Llama with biases on queries, keys and values, and a window in the upper layers if switched on. */
export const qwen2: Family = {
  architectures: ['Qwen2ForCausalLM'],
  read(config) {
    const sizes = readGatedSizes(config, { keyValueHeads: 32 });
    return gatedDecoder({ ...sizes, positions: readPositions(config, sizes), bias: { queryKeyValue: true } });
  },
};

/** Qwen3 (Yang et al. 2025): Qwen2 with normed queries and keys, and biases by choice only. */
export const qwen3: Family = {
  architectures: ['Qwen3ForCausalLM'],
  read(config) {
    const sizes = readGatedSizes(config, { keyValueHeads: 32, headDim: 128 });
    const bias = config.flag('attention_bias', false);
    return gatedDecoder({
      ...sizes,
      positions: readPositions(config, sizes),
      bias: { queryKeyValue: bias, output: bias },
      headNorm: true,
    });
  },
};

function readPositions(config: ConfigReader, sizes: GatedSizes): readonly LayerPositions[] {
  const rotary = readRotary(config, sizes);
  const size = config.unlessNull('sliding_window', (key) => config.size(key, 4096));
  const window = config.flag('use_sliding_window', false) ? size : undefined;
  const first = config.number('max_window_layers', 28);
  const windows = readWindows(config, sizes.layers, window, (layer) => window !== undefined && layer >= first);
  return windows.map((own) => ({ rotary, window: own }));
}
