import type { Prompt } from '../../protocol/prompt.ts';
import { readPrompt } from './chat-template.ts';
import { promptIds } from './prompt-ids.ts';
import { StreamDecoder } from './stream-decoder.ts';
import type { TextTokenizer } from './tokenizer.ts';

/** A token of a prompt and the piece of the text that it stands for, from `start` to `end`. */
export interface PromptToken {
  readonly position: number;
  readonly start: number;
  readonly end: number;
}

/** A prompt as its tokens: all of them, and those of what the person wrote, which a chat template surrounds. */
export interface PromptTokens {
  readonly ids: readonly number[];
  /** The text of `own`, as the tokenizer gives it back. */
  readonly text: string;
  /** Tokens of the person's last message, or of the answer where one has begun; of the whole text where there is no chat. */
  readonly own: readonly PromptToken[];
}

/** What a person asks with: the text, or the last message of a chat with what the assistant has said to it so far. */
export function askedText(prompt: Prompt): string {
  if (prompt.kind === 'text') return prompt.text;
  const asked = lastMessage(prompt)?.content ?? '';
  return prompt.answer ? `${asked}\n${prompt.answer}` : asked;
}

/** `ids`: those of the prompt, where they are known already. Errors as {@link promptIds}. */
export function promptTokens(
  tokenizer: TextTokenizer,
  prompt: Prompt,
  ids = promptIds(tokenizer, prompt),
): PromptTokens {
  const [first, end] = ownSpan(tokenizer, prompt, ids);
  const decoder = new StreamDecoder(tokenizer, ids.slice(Math.max(0, first - 1), first));
  let text = '';
  const own: PromptToken[] = [];
  for (let position = first; position < end; position++) {
    const start = text.length;
    text += decoder.push(ids[position]!);
    if (position === end - 1) text += decoder.flush();
    own.push({ position, start, end: text.length });
  }
  return { ids, text, own };
}

const lastMessage = ({ messages }: Extract<Prompt, { kind: 'chat' }>) =>
  messages.findLast(({ role }) => role === 'user') ?? messages.at(-1);

/** The first token of what the person wrote, and the one behind it. */
function ownSpan(tokenizer: TextTokenizer, prompt: Prompt, ids: readonly number[]): readonly [number, number] {
  if (prompt.kind === 'text') return [0, ids.length];
  const { text } = readPrompt(tokenizer, prompt);
  const count = (upTo: number): number => tokenizer.encode(text.slice(0, upTo), { addSpecialTokens: false }).length;
  if (prompt.answer?.trim()) return [Math.min(count(text.length - prompt.answer.length), ids.length - 1), ids.length];
  // Templates take blanks away at both ends.
  const content = (lastMessage(prompt)?.content ?? '').trim();
  const at = content === '' ? -1 : text.lastIndexOf(content);
  if (at < 0) return [0, ids.length];
  const end = Math.min(count(at + content.length), ids.length);
  return [Math.min(count(at), end - 1), end];
}
