import { CodedError } from '../../protocol/coded-error.ts';
import type { Score } from '../../protocol/generation.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import { finite } from './finite-logits.ts';
import { largest, logSoftmax } from './log-probabilities.ts';
import { checkContext, checkTokens, runPrefill } from './prefill.ts';
import type { Steering } from './steering.ts';
import type { Tokens } from './tokens.ts';

/** Log-probabilities of a given continuation, each token given the prompt and the tokens before it. */
export async function score(
  model: HookedModel,
  tokenizer: TextTokenizer,
  prompt: Tokens,
  continuationIds: readonly number[],
  steering: Steering,
): Promise<Score> {
  if (continuationIds.length === 0)
    throw new CodedError('bad-argument', 'There is nothing to score.', 'Give a text after the prompt.');
  checkTokens(model, continuationIds);
  const { reading, steered, logits: first } = await runPrefill(model, prompt, steering);
  checkContext(model, reading.before.length + continuationIds.length - 1, 'The prompt and its continuation have');
  const given = continuationIds.slice(0, -1);
  const rest =
    given.length === 0 ? new Float32Array() : await reading.next(given, [...given.keys()], steered.replacement);
  reading.dispose();
  const vocabulary = first.length;
  const tokens = continuationIds.map((id, at) => {
    const logits = at === 0 ? first : rest.subarray((at - 1) * vocabulary, at * vocabulary);
    const logprobs = logSoftmax(finite(logits));
    return { id, text: tokenizer.tokenText(id), logprob: logprobs[id]!, greedy: largest(logprobs, 1)[0] === id };
  });
  const logprob = tokens.reduce((sum, token) => sum + token.logprob, 0);
  return { tokens, logprob, perplexity: Math.exp(-logprob / tokens.length), decision: steered.decision };
}
