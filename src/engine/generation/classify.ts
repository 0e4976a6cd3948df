import type { Classification } from '../../protocol/classification.ts';
import type { Score } from '../../protocol/generation.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { Classifier } from '../models/family.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { finite } from './finite-logits.ts';
import { logSoftmax } from './log-probabilities.ts';
import { runBelow } from './prefill.ts';
import type { Steering } from './steering.ts';
import type { Tokens } from './tokens.ts';

/** Which class a text is of, with the probability of every class, the most likely first. */
export async function classify(model: HookedModel, tokens: Tokens, steering: Steering): Promise<Classification> {
  const labels = labelsOf(model);
  const reading = await runBelow(model, tokens);
  const { decision, replacement } = steering.decide(reading.prefill);
  const logprobs = logSoftmax(finite(await reading.finish(replacement)));
  const classes = labels
    .map((label, id) => ({ id, label, logprob: logprobs[id]! }))
    .sort((a, b) => b.logprob - a.logprob || a.id - b.id);
  return { label: classes[0]!.label, classes, decision };
}

/** How likely a class is, as a text of one token is scored. */
export async function scoreClass(model: HookedModel, tokens: Tokens, id: number, steering: Steering): Promise<Score> {
  const { classes, decision } = await classify(model, tokens, steering);
  const { logprob, label: text } = classes.find((item) => item.id === id)!;
  return {
    tokens: [{ id, text, logprob, greedy: classes[0]!.id === id }],
    logprob,
    perplexity: Math.exp(-logprob),
    decision,
  };
}

/** The number of a class that is given by its name, or by its number. Throws `bad-argument` when there is no such class. */
export function labelId(labels: readonly string[], given: string): number {
  const wanted = given.trim();
  const exact = labels.indexOf(wanted);
  if (exact >= 0) return exact;
  const loose = labels.flatMap((label, id) => (label.toLowerCase() === wanted.toLowerCase() ? [id] : []));
  if (loose.length === 1) return loose[0]!;
  if (/^\d+$/.test(wanted) && Number(wanted) < labels.length) return Number(wanted);
  const shown = labels.slice(0, 12).join(', ') + (labels.length > 12 ? ', ...' : '');
  throw new CodedError('bad-argument', `The model has no class called ${wanted}.`, `Its classes are: ${shown}.`, {
    label: wanted,
  });
}

export const labelsOf = ({ model }: HookedModel): readonly string[] => (model.network as Classifier).labels;
