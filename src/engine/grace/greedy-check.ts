import { NO_DECISION } from '../../protocol/decision.ts';
import type { ReplacementPolicy } from '../../protocol/edit.ts';
import { decode } from '../generation/decoding.ts';
import { largest } from '../generation/log-probabilities.ts';
import { runPrefill } from '../generation/prefill.ts';
import type { Steering } from '../generation/steering.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { keyPositionOf, replacementOf } from './replacement-policy.ts';
import type { Lesson } from './training-example.ts';

/** Puts a value, (rows, size), in whatever the prompt is. */
export function always(value: Float32Array, size: number, policy: ReplacementPolicy): Steering {
  return {
    decide: ({ ids }) => ({
      decision: NO_DECISION,
      replacement: replacementOf(value, size, policy, keyPositionOf(ids)),
    }),
  };
}

/** Whether real greedy generation, with the value in place, gives each lesson's target token by token. */
export async function greedyMatches(
  model: HookedModel,
  lessons: readonly Lesson[],
  policy: ReplacementPolicy,
  value: Float32Array,
): Promise<boolean> {
  for (const { promptIds, targetIds } of lessons) {
    const prefilled = await runPrefill(model, promptIds, always(value, model.replace.size, policy));
    let at = 0;
    for await (const { id } of decode(model, prefilled, { choose: (logits) => largest(logits, 1)[0]!, cache: true })) {
      if (id !== targetIds[at]) return false;
      if (++at === targetIds.length) break;
    }
    if (at < targetIds.length) return false;
  }
  return true;
}
