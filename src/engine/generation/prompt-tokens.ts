import { CodedError } from '../../protocol/coded-error.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Network } from '../models/family.ts';
import { readPrompt } from '../text/chat-template.ts';
import { checkNotBlank, promptIds } from '../text/prompt-ids.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import type { Tokens } from './tokens.ts';

/**
 * A prompt as a model reads it: a decoder goes on from its last token, an encoder has the tokens that end a text as well.
 *
 * @throws CodedError `bad-argument` for an empty prompt, a pair where a model reads one text, a chat for a model that has no
 * template, and a text without a mask for a model that fills masks.
 */
export function promptTokens(network: Network, tokenizer: TextTokenizer, prompt: Prompt): Tokens {
  if (prompt.kind === 'text' && prompt.pair !== undefined)
    return pairTokens(network, tokenizer, prompt.text, prompt.pair);
  if (network.kind === 'causal') return { ids: promptIds(tokenizer, prompt) };
  checkNotBlank(prompt);
  const { text, addSpecialTokens } = readPrompt(tokenizer, prompt);
  return masked(network, tokenizer, { ids: tokenizer.encode(text, { addSpecialTokens }) });
}

/** A prompt that asks what follows a text, which a model that fills masks is asked by one. */
export function askedWhatFollows({ kind }: Network, tokenizer: TextTokenizer, text: string): Prompt {
  const mask = kind === 'masked' ? ` ${tokenizer.specialTokens['mask_token'] ?? ''}` : '';
  return { kind: 'text', text: `${text}${mask}` };
}

function pairTokens(network: Network, tokenizer: TextTokenizer, text: string, pair: string): Tokens {
  if (network.kind === 'causal' || network.kind === 'encoder-decoder') {
    throw new CodedError('bad-argument', 'This model reads one text, not a pair.', 'Give both in one prompt.');
  }
  if (text.trim() === '' || pair.trim() === '') {
    throw new CodedError('bad-argument', 'One of the two texts is empty.', 'Give both, or one text alone.');
  }
  const { ids, typeIds } = tokenizer.encodePair(text, pair);
  // A model with one token type knows no second one, whatever the tokenizer says (RoBERTa).
  return masked(network, tokenizer, network.tokenTypes > 1 ? { ids, typeIds } : { ids });
}

function masked({ kind }: Network, tokenizer: TextTokenizer, tokens: Tokens): Tokens {
  if (kind !== 'masked') return tokens;
  const { maskId } = tokenizer;
  const masks = tokens.ids.flatMap((id, at) => (id === maskId ? [at] : []));
  if (maskId !== undefined && masks.length > 0) return { ...tokens, masks };
  const mark = tokenizer.specialTokens['mask_token'];
  throw new CodedError(
    'bad-argument',
    mark === undefined ? 'The tokenizer names no mask token.' : `The text has no ${mark}.`,
    mark === undefined
      ? 'Use a model that says which token masks.'
      : `Write ${mark} where the model is to fill in a word.`,
  );
}
