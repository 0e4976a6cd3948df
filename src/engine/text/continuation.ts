import type { EncodeOptions, TextTokenizer } from './tokenizer.ts';

/** A prompt and what should follow it, as one sequence of ids in two parts. */
export interface Continuation {
  readonly promptIds: readonly number[];
  /** Without a token that ends the text. */
  readonly targetIds: readonly number[];
}

/**
 * The ids of `target` as it would continue `prompt`.
 *
 * The target gets a leading space where neither side has white space at the seam, unless one of them is of a script that puts no
 * spaces between words, or the target begins with a mark that follows a word directly. Both are tokenised together, and the
 * target has what follows the prompt's own ids. Where tokenising them together changes the ids of the prompt (its last
 * letters merge with the target's first), the target is tokenised alone, as it stands in the middle of a text, and
 * appended. Tokens that the post-processor puts after a text (`</s>` of T5, `[SEP]` of BERT) are in neither part.
 *
 * @throws CodedError as {@link TextTokenizer.encode}.
 */
export function encodeContinuation(
  tokenizer: TextTokenizer,
  prompt: string,
  target: string,
  options: EncodeOptions = {},
): Continuation {
  const promptIds = encodeOpen(tokenizer, prompt, options);
  if (target === '') return { promptIds, targetIds: [] };
  const continued = joinsWithoutSpace(prompt, target) ? target : ` ${target}`;
  const together = encodeOpen(tokenizer, prompt + continued, options);
  const targetIds = afterPrefix(together, promptIds) ?? encodeWithin(tokenizer, continued);
  return { promptIds, targetIds };
}

const UNSPACED = String.raw`[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}\u3000-\u303f\uff00-\uffef]`;
const ENDS_AT_SEAM = new RegExp(String.raw`(\s|${UNSPACED})$`, 'u');
const BEGINS_AT_SEAM = new RegExp(String.raw`^(\s|[,.;:!?)\]}»”’%]|${UNSPACED})`, 'u');

function joinsWithoutSpace(prompt: string, target: string): boolean {
  return prompt === '' || ENDS_AT_SEAM.test(prompt) || BEGINS_AT_SEAM.test(target);
}

function afterPrefix(ids: readonly number[], prefix: readonly number[]): readonly number[] | undefined {
  return prefix.every((id, i) => ids[i] === id) ? ids.slice(prefix.length) : undefined;
}

/** The ids of `text` without the tokens that the post-processor puts after a text. */
function encodeOpen(tokenizer: TextTokenizer, text: string, options: EncodeOptions): readonly number[] {
  const ids = tokenizer.encode(text, options);
  return options.addSpecialTokens === false ? ids : ids.slice(0, ids.length - countAppended(tokenizer));
}

function countAppended(tokenizer: TextTokenizer): number {
  const text = 'a';
  const plain = tokenizer.encode(text, { addSpecialTokens: false });
  const full = tokenizer.encode(text);
  const before = full.findIndex((_, i) => plain.every((id, j) => full[i + j] === id));
  return full.length - plain.length - before;
}

// Tokenizers in the manner of SentencePiece put a space before every text; after a line break they do not.
function encodeWithin(tokenizer: TextTokenizer, text: string): readonly number[] {
  const lineBreak = tokenizer.encode('\n', { addSpecialTokens: false });
  const after = tokenizer.encode(`\n${text}`, { addSpecialTokens: false });
  return afterPrefix(after, lineBreak) ?? tokenizer.encode(text, { addSpecialTokens: false });
}
