import type { GeneratedToken } from '../../protocol/generation.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import { largest, logSoftmax } from './log-probabilities.ts';

/** How many alternatives each token is reported with. */
const ALTERNATIVES = 5;

/** A chosen token with what else the model might have said. */
export function describeToken(
  tokenizer: TextTokenizer,
  id: number,
  text: string,
  logits: Float32Array,
): GeneratedToken {
  const logprobs = logSoftmax(logits);
  const alternatives = largest(logprobs, ALTERNATIVES).map((other) => ({
    id: other,
    text: tokenizer.tokenText(other),
    logprob: logprobs[other]!,
  }));
  return { id, text, logprob: logprobs[id]!, alternatives };
}
