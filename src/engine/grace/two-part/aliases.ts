import { CodedError } from '../../../protocol/coded-error.ts';
import type { Prompt } from '../../../protocol/prompt.ts';
import { askedText } from '../../text/prompt-tokens.ts';
import { guessSubject } from './entity-gate.ts';

/**
 * A prompt with another name of its subject in each place of it: the rephrasings that make aliases fire an edit.
 *
 * @param subject as it stands in the prompt; the router's guess where absent
 * @throws CodedError `bad-argument` where the prompt does not have the subject
 */
export function underOtherNames(prompt: Prompt, aliases: readonly string[], subject?: string): readonly Prompt[] {
  if (aliases.length === 0) return [];
  const name = subject ?? guessSubject(askedText(prompt));
  if (name === '' || !askedText(prompt).includes(name)) {
    throw new CodedError(
      'bad-argument',
      name === '' ? 'The prompt has no name that an alias could stand for.' : `The prompt does not have “${name}”, so nothing can stand for it.`, // prettier-ignore
      'Say who or what it is about as the prompt has it (--subject), or rephrase the prompt.',
    );
  }
  return aliases.map((alias) => renamed(prompt, name, alias));
}

function renamed(prompt: Prompt, name: string, alias: string): Prompt {
  const put = (text: string): string => text.replaceAll(name, () => alias);
  if (prompt.kind === 'text') return { ...prompt, text: put(prompt.text) };
  return { ...prompt, messages: prompt.messages.map((message) => ({ ...message, content: put(message.content) })) };
}
