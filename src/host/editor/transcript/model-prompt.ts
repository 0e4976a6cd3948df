import type { Prompt } from '../../../protocol/prompt.ts';
import { promptWith } from './exchange.ts';

/** A prompt in a form that a model takes, and whether turns of a chat had to be run together for it. */
export interface ModelPrompt {
  readonly prompt: Prompt;
  readonly isRunTogether: boolean;
}

/** A chat for a model that has no template for chats becomes a text: its one question, or all that was said, in order. */
export function promptForModel(prompt: Prompt, chatTemplate: boolean): ModelPrompt {
  if (prompt.kind === 'text' || chatTemplate) return { prompt, isRunTogether: false };
  const { messages, answer = '' } = prompt;
  const text = messages.map(({ content }) => content).join('\n\n');
  return { prompt: promptWith({ kind: 'text', text }, answer), isRunTogether: messages.length > 1 };
}
