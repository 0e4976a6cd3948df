import type { HookedModel } from '../models/hooked-model.ts';
import type { Prefilled } from './prefill.ts';
import type { Replacement } from './sequence.ts';
import { Sequence } from './sequence.ts';

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
 * caller stops by ending its loop.
 */
export async function* decode(
  model: HookedModel,
  { sequence, prefill, steered, logits: first }: Prefilled,
  { choose, cache }: DecodingOptions,
): AsyncGenerator<DecodingStep, void> {
  const ids = [...prefill.ids];
  const { contextLength } = model.model.decoder;
  let logits = first;
  for (;;) {
    const id = choose(logits, ids);
    yield { id, logits };
    if (ids.length >= contextLength) return;
    ids.push(id);
    logits = cache
      ? await advance(sequence, [id], steered.replacement)
      : await advance(new Sequence(model), ids, steered.replacement);
  }
}

/** Runs tokens behind those that the sequence holds; logits of the last one, (vocabulary). */
async function advance(
  sequence: Sequence,
  ids: readonly number[],
  replacement: Replacement | null,
): Promise<Float32Array> {
  const pass = await sequence.below(ids);
  return sequence.above(pass, [ids.length - 1], replacement);
}
