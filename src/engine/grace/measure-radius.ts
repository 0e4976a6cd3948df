import { CodedError } from '../../protocol/coded-error.ts';
import { readPrompt } from '../generation/prefill.ts';
import { askedWhatFollows, promptTokens } from '../generation/prompt-tokens.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import { distance } from './distance.ts';
import type { Router } from './router.ts';
import { SAME_WORDING, UNRELATED_PROMPTS } from './unrelated-prompts.ts';

/** A radius and what it was measured from; kept with the codebook and shown to the user. */
export interface MeasuredRadius {
  readonly radius: number;
  /** Prompts of the bank that fit the model. */
  readonly prompts: number;
  /** Distance of each prompt to the nearest other one: the smallest, and the median. */
  readonly nearest: number;
  readonly median: number;
}

/** The share of the smallest distance between unrelated prompts that a radius takes. */
const SHARE = 0.1;

/**
 * Measures e_init for a model and hook point: a tenth of the smallest distance between two prompts of the bank. Two balls of
 * that radius around them leave most of the way between them free: real prompts come closer to each other than those of a bank.
 *
 * @throws CodedError `model-damaged` when the distances are no numbers; `model-unsupported` when no two prompts fit its context
 */
export async function measureRadius(
  model: HookedModel,
  router: Router,
  tokenizer: TextTokenizer,
): Promise<MeasuredRadius> {
  const { contextLength } = model.model.network;
  const queries: Float32Array[] = [];
  for (const prompt of [...SAME_WORDING.flat(), ...UNRELATED_PROMPTS]) {
    const asked = askedWhatFollows(model.model.network, tokenizer, prompt);
    const tokens = promptTokens(model.model.network, tokenizer, asked);
    const { length } = tokens.ids;
    if (length > 0 && length <= contextLength)
      queries.push(router.query(asked, await readPrompt(model, tokens)).vector);
  }
  return radiusBetween(queries);
}

/** The same for queries that have been read. Errors as {@link measureRadius}. */
export function radiusBetween(queries: readonly Float32Array[]): MeasuredRadius {
  const nearest = queries
    .map((query, at) => Math.min(...queries.map((other, index) => (index === at ? Infinity : distance(query, other)))))
    .sort((a, b) => a - b);
  if (!Number.isFinite(nearest[0])) throw notMeasured(queries.length);
  return {
    radius: SHARE * nearest[0]!,
    prompts: queries.length,
    nearest: nearest[0]!,
    median: nearest[nearest.length >> 1]!,
  };
}

function notMeasured(prompts: number): CodedError {
  return prompts < 2
    ? new CodedError(
        'model-unsupported',
        "No two of the prompts that a radius is measured with fit the model's context.",
        'Use a model with a longer context.',
      )
    : new CodedError(
        'model-damaged',
        'The model computes infinity or NaN for ordinary text, so no radius can be measured.',
        'Its weights may be damaged: download them again.',
      );
}
