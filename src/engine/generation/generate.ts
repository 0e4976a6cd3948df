import { CodedError } from '../../protocol/coded-error.ts';
import type { Decision } from '../../protocol/decision.ts';
import type { FinishReason, GeneratedToken, Generation, Sampling } from '../../protocol/generation.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { StreamDecoder } from '../text/stream-decoder.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import { decode, roomFor } from './decoding.ts';
import { describeToken } from './described-token.ts';
import { finite } from './finite-logits.ts';
import { runPrefill } from './prefill.ts';
import { Sampler } from './sampler.ts';
import { StopStrings } from './stop-strings.ts';
import type { Steering } from './steering.ts';
import type { Tokens } from './tokens.ts';

export interface GenerationOptions {
  readonly maxTokens: number;
  readonly sampling: Sampling;
  /** Texts that end the generation; they are not part of it. */
  readonly stop: readonly string[];
  /** Token ids that end the answer. */
  readonly endIds: ReadonlySet<number>;
  readonly cache: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called once, after prefill and before any token. */
  readonly onDecision?: ((decision: Decision) => void) | undefined;
  /** Called with each token as soon as it is made. Their texts, put together, are the text and the stop string that ended it. */
  readonly onToken?: ((token: GeneratedToken) => void) | undefined;
  /** Called with each piece of text as soon as it is final. */
  readonly onText?: ((text: string) => void) | undefined;
}

/** Text that a model continues a prompt with. Cancelling gives what was said so far, within one token, in whole characters. */
export async function generate(
  model: HookedModel,
  tokenizer: TextTokenizer,
  prompt: Tokens,
  steering: Steering,
  options: GenerationOptions,
): Promise<Generation> {
  if (!Number.isSafeInteger(options.maxTokens) || options.maxTokens < 1) {
    throw new CodedError('bad-argument', 'The number of tokens to generate must be a whole number, 1 or more.');
  }
  const sampler = new Sampler(options.sampling);
  const prefilled = await runPrefill(model, prompt, steering);
  options.onDecision?.(prefilled.steered.decision);
  const mostTokens = Math.min(options.maxTokens, roomFor(model, prefilled.reading));
  const stream = new StreamDecoder(tokenizer, prefilled.reading.before);
  const stops = new StopStrings(options.stop);
  const tokens: GeneratedToken[] = [];
  const finish = await (async (): Promise<FinishReason> => {
    const choose = (logits: Float32Array, seen: readonly number[]): number => sampler.next(finite(logits), seen);
    for await (const { id, logits } of decode(model, prefilled, { choose, cache: options.cache })) {
      if (options.signal?.aborted) return 'cancelled';
      const ends = options.endIds.has(id);
      const isLast = ends || tokens.length + 1 >= mostTokens;
      const text = (ends ? '' : stream.push(id)) + (isLast ? stream.flush() : '');
      const token = describeToken(tokenizer, id, text, logits);
      tokens.push(token);
      options.onToken?.(token);
      const { release, ended } = stops.push(text);
      if (release) options.onText?.(release);
      if (ends) return 'eos';
      if (ended) return 'stop';
      if (tokens.length >= options.maxTokens) return 'length';
    }
    return 'context';
  })();
  const rest = finish === 'stop' ? '' : stops.flush();
  if (rest) options.onText?.(rest);
  return { text: stops.text, tokens, decision: prefilled.steered.decision, finish };
}
