import type { Prompt } from '../../protocol/prompt.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import { readPrompt } from './chat-template.ts';
import { encodeContinuation, type Continuation } from './continuation.ts';
import type { TextTokenizer } from './tokenizer.ts';

/** Token ids of a prompt; a chat is rendered by the model's template. `bad-argument` when it is empty. */
export function promptIds(tokenizer: TextTokenizer, prompt: Prompt): readonly number[] {
  return continuationIds(tokenizer, prompt, '').promptIds;
}

/** Token ids of a prompt and of what is to follow it. `bad-argument` when the prompt is empty. */
export function continuationIds(tokenizer: TextTokenizer, prompt: Prompt, target: string): Continuation {
  checkNotBlank(prompt);
  const { text, addSpecialTokens } = readPrompt(tokenizer, prompt);
  return encodeContinuation(tokenizer, text, target, { addSpecialTokens });
}

/** Throws `bad-argument` for a prompt without a word. */
export function checkNotBlank(prompt: Prompt): void {
  if (!isBlank(prompt)) return;
  throw new CodedError('bad-argument', 'The prompt is empty.', 'Give a prompt with at least one word.');
}

function isBlank(prompt: Prompt): boolean {
  return prompt.kind === 'text'
    ? prompt.text.trim() === ''
    : [...prompt.messages.map(({ content }) => content), prompt.answer ?? ''].every((text) => text.trim() === '');
}
