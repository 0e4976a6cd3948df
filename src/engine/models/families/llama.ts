import type { Family } from '../family.ts';
import { gatedDecoder, readGatedSizes, samePositions } from '../gated-decoder.ts';
import { readRotary } from '../rotary-angles.ts';

/** Llama (Touvron et al. 2023): rotary positions, RMS norm before each part, grouped queries, gated feed-forward. */
export const llama: Family = {
  architectures: ['LlamaForCausalLM'],
  read(config) {
    const sizes = readGatedSizes(config);
    const attention = config.flag('attention_bias', false);
    config.require('pretraining_tp', 1);
    return gatedDecoder({
      ...sizes,
      positions: samePositions(sizes, { rotary: readRotary(config, sizes) }),
      bias: { queryKeyValue: attention, output: attention, feedForward: config.flag('mlp_bias', false) },
    });
  },
};
