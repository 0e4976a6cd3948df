import type { Generation, Score } from '../../protocol/generation.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import { describeToken } from './described-token.ts';
import { finite } from './finite-logits.ts';
import { largest, logSoftmax } from './log-probabilities.ts';
import { checkTokens, runBelow } from './prefill.ts';
import type { Steering } from './steering.ts';
import type { Tokens } from './tokens.ts';
import { CodedError } from '../../protocol/coded-error.ts';

/** What a masked model would put at each mask, all of them at once; the text is that of the masks alone. */
export async function fillMasks(
  model: HookedModel,
  tokenizer: TextTokenizer,
  tokens: Tokens,
  steering: Steering,
): Promise<Generation> {
  const { rows, decision } = await maskRows(model, tokens, steering);
  const ids = rows.map((logits) => largest(logits, 1)[0]!);
  const filled = ids.map((id, at) => describeToken(tokenizer, id, tokenizer.tokenText(id), rows[at]!));
  return { text: tokenizer.decode(ids).trim(), tokens: filled, decision, finish: 'filled' };
}

/** How likely a masked model finds a token for each mask. */
export async function scoreMasks(
  model: HookedModel,
  tokenizer: TextTokenizer,
  prompt: Tokens,
  ids: readonly number[],
  steering: Steering,
): Promise<Score> {
  checkMasks(prompt, ids);
  checkTokens(model, ids);
  const { rows, decision } = await maskRows(model, prompt, steering);
  const tokens = ids.map((id, at) => {
    const logprobs = logSoftmax(rows[at]!);
    const greedy = largest(logprobs, 1)[0] === id;
    return { id, text: tokenizer.tokenText(id), logprob: logprobs[id]!, greedy };
  });
  const logprob = tokens.reduce((sum, token) => sum + token.logprob, 0);
  return { tokens, logprob, perplexity: Math.exp(-logprob / tokens.length), decision };
}

/** Throws `bad-argument` unless there is a token for each mask. */
export function checkMasks({ masks = [] }: Tokens, ids: readonly number[]): void {
  if (ids.length === masks.length) return;
  throw new CodedError(
    'bad-argument',
    `The answer has ${ids.length} tokens, and the text has ${masks.length} masks.`,
    'Write one mask for each token of the answer, or another answer.',
    { tokens: ids.length, masks: masks.length },
  );
}

/** Logits at each mask, (vocabulary) each. */
async function maskRows(model: HookedModel, tokens: Tokens, steering: Steering) {
  const reading = await runBelow(model, tokens);
  const { decision, replacement } = steering.decide(reading.prefill);
  const logits = finite(await reading.finish(replacement));
  const { vocabulary } = model.model.network;
  const rows = (tokens.masks ?? []).map((_, at) => logits.subarray(at * vocabulary, (at + 1) * vocabulary));
  return { rows, decision };
}
