import type { Family } from '../family.ts';
import { gatedDecoder, readGatedSizes, samePositions } from '../gated-decoder.ts';
import { readRotary } from '../rotary-angles.ts';

/** Mistral (Jiang et al. 2023): Llama with a window over the last positions. */
export const mistral: Family = {
  architectures: ['MistralForCausalLM'],
  read(config) {
    const sizes = readGatedSizes(config, { keyValueHeads: 8 });
    const window = config.unlessNull('sliding_window', (key) => config.size(key, 4096));
    return gatedDecoder({ ...sizes, positions: samePositions(sizes, { rotary: readRotary(config, sizes), window }) });
  },
};
