import { CodedError } from '../../protocol/coded-error.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { labelId } from '../generation/classify.ts';
import { checkMasks } from '../generation/fill-masks.ts';
import { promptTokens } from '../generation/prompt-tokens.ts';
import type { Tokens } from '../generation/tokens.ts';
import type { Network } from '../models/family.ts';
import { continuationIds } from '../text/prompt-ids.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';

/** A prompt and what is to be made of it. */
export interface Lesson {
  readonly prompt: Tokens;
  /** Token ids of the answer, the end token among them where it is to be learned; or the number of the class. */
  readonly targetIds: readonly number[];
}

export interface LessonOptions {
  /** Whether the answer ends with the target. */
  readonly ends: boolean;
  readonly endIds: ReadonlySet<number>;
}

/**
 * What a person asks for in a model's own terms.
 *
 * @throws CodedError `bad-argument` for an empty prompt, a class that is not there, an answer that does not fit the masks;
 * `model-unsupported` where an answer is to end and the model has no end token.
 */
export function makeLesson(
  network: Network,
  tokenizer: TextTokenizer,
  prompt: Prompt,
  target: string,
  options: LessonOptions,
): Lesson {
  switch (network.kind) {
    case 'causal': {
      const { promptIds, targetIds } = continuationIds(tokenizer, prompt, target);
      return { prompt: { ids: promptIds }, targetIds: ended(targetIds, options) };
    }
    case 'encoder-decoder': {
      const tokens = promptTokens(network, tokenizer, prompt);
      return { prompt: tokens, targetIds: ended(openIds(tokenizer, target, options.endIds), options) };
    }
    case 'classifier':
      return { prompt: promptTokens(network, tokenizer, prompt), targetIds: [labelId(network.labels, target)] };
    case 'masked': {
      const tokens = promptTokens(network, tokenizer, prompt);
      const targetIds = fillIds(tokenizer, prompt, target);
      checkMasks(tokens, targetIds);
      return { prompt: tokens, targetIds };
    }
  }
}

/** The target as it is recorded: a class by its name, whatever it was called; everything else as it was written. */
export function targetText(network: Network, target: string): string {
  return network.kind === 'classifier' ? network.labels[labelId(network.labels, target)]! : target;
}

/** Ids of what stands at the masks: as within a text where white space stands before the first of them. */
export function fillIds(tokenizer: TextTokenizer, prompt: Prompt, target: string): readonly number[] {
  const mark = tokenizer.specialTokens['mask_token'] ?? '';
  const before = prompt.kind === 'text' ? (prompt.text.split(mark)[0] ?? '') : '';
  const text = /\s$/.test(before) ? ` ${target.trim()}` : target.trim();
  return tokenizer.encode(text, { addSpecialTokens: false });
}

/** An answer's ids as the tokenizer gives them to a text of its own, without the token that ends it. */
export function openIds(tokenizer: TextTokenizer, text: string, endIds: ReadonlySet<number>): readonly number[] {
  const ids = tokenizer.encode(text);
  const last = ids.at(-1);
  return last !== undefined && endIds.has(last) ? ids.slice(0, -1) : ids;
}

function ended(ids: readonly number[], { ends, endIds }: LessonOptions): readonly number[] {
  if (!ends) return ids;
  const [end] = endIds;
  if (end !== undefined) return [...ids, end];
  throw new CodedError(
    'model-unsupported',
    'The model names no end token, so an answer cannot be taught to end.',
    'Use --continues.',
  );
}
