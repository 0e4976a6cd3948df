import type { HookedModel } from '../models/hooked-model.ts';
import type { Prefilled } from './prefill.ts';
import type { TextReading } from './reading.ts';

/** One step: the chosen token and the logits it was chosen from, (vocabulary). */
export interface DecodingStep {
  readonly id: number;
  readonly logits: Float32Array;
}

export interface DecodingOptions {
  /** Chooses the next token from its logits and the sequence so far. */
  readonly choose: (logits: Float32Array, seen: readonly number[]) => number;
  /** False runs the whole sequence anew for every token: slow, and the oracle for the cache. */
  readonly cache: boolean;
}

/**
 * Continues a prompt token by token until the model's context is full. What was decided at prefill is put in at every step; the
 * caller stops by ending its loop, which frees what the prompt holds on the device.
 */
export async function* decode(
  model: HookedModel,
  { reading, steered, logits: first }: Prefilled,
  { choose, cache }: DecodingOptions,
): AsyncGenerator<DecodingStep, void> {
  const said: number[] = [];
  const room = roomFor(model, reading);
  let logits = first;
  try {
    for (;;) {
      const id = choose(logits, [...reading.before, ...said]);
      yield { id, logits };
      said.push(id);
      if (said.length >= room) return;
      logits = cache
        ? await reading.next([id], [0], steered.replacement)
        : await reading.anew(said, steered.replacement);
    }
  } finally {
    reading.dispose();
  }
}

/** Tokens that an answer can have: the last one need not fit, as nothing follows it. */
export function roomFor({ model }: HookedModel, { before }: TextReading): number {
  return model.network.contextLength - before.length + 1;
}
