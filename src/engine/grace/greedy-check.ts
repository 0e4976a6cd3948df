import { NO_DECISION } from '../../protocol/decision.ts';
import type { ReplacementPolicy } from '../../protocol/edit.ts';
import { decode } from '../generation/decoding.ts';
import { largest } from '../generation/log-probabilities.ts';
import { runBelow, runPrefill } from '../generation/prefill.ts';
import type { Steering } from '../generation/steering.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { Lesson } from './lesson.ts';
import { replacementOf } from './replacement-policy.ts';

/** Puts a value, (rows, size), in whatever the prompt is. */
export function always(value: Float32Array, size: number, policy: ReplacementPolicy): Steering {
  return {
    decide: ({ keyPosition }) => ({
      decision: NO_DECISION,
      replacement: replacementOf(value, size, policy, keyPosition),
    }),
  };
}

/** Whether the model's own answer, with the value in place, is each lesson's target: by real greedy generation, token by token. */
export async function greedyMatches(
  model: HookedModel,
  lessons: readonly Lesson[],
  policy: ReplacementPolicy,
  value: Float32Array,
): Promise<boolean> {
  const steering = always(value, model.replace.size, policy);
  const { kind } = model.model.network;
  const matches = kind === 'causal' || kind === 'encoder-decoder' ? saysTarget : choosesTarget;
  for (const lesson of lessons) if (!(await matches(model, lesson, steering))) return false;
  return true;
}

async function saysTarget(model: HookedModel, { prompt, targetIds }: Lesson, steering: Steering): Promise<boolean> {
  const prefilled = await runPrefill(model, prompt, steering);
  let at = 0;
  for await (const { id } of decode(model, prefilled, { choose: (logits) => largest(logits, 1)[0]!, cache: true })) {
    if (id !== targetIds[at]) return false;
    if (++at === targetIds.length) break;
  }
  return at === targetIds.length;
}

/** Whether the class, or the token at each mask, is the most likely one. */
async function choosesTarget(model: HookedModel, { prompt, targetIds }: Lesson, steering: Steering): Promise<boolean> {
  const reading = await runBelow(model, prompt);
  const logits = await reading.finish(steering.decide(reading.prefill).replacement);
  reading.dispose();
  const width = logits.length / targetIds.length;
  return targetIds.every((id, at) => largest(logits.subarray(at * width, (at + 1) * width), 1)[0] === id);
}
