import type { Family } from '../family.ts';
import { gatedDecoder, readGatedSizes, samePositions } from '../gated-decoder.ts';
import { readRotary } from '../rotary-angles.ts';

/** Phi-3 (Abdin et al. 2024): Llama with fused projections; part of each head may turn, and all layers may have a window. */
export const phi3: Family = {
  architectures: ['Phi3ForCausalLM'],
  read(config) {
    const sizes = readGatedSizes(config, { epsilon: 1e-5 });
    const rotary = readRotary(config, {
      ...sizes,
      share: config.positive('partial_rotary_factor', 1),
      originalContext: config.size('original_max_position_embeddings', 4096),
    });
    const window = config.unlessNull('sliding_window', (key) => (config.has(key) ? config.size(key) : undefined));
    config.require('full_attn_mod', 1);
    config.require('interpolate_factor', 1);
    return gatedDecoder({
      ...sizes,
      contextLength: rotary.contextLength,
      positions: samePositions(sizes, { rotary, window }),
      fused: true,
    });
  },
};
