import { CodedError } from '../../protocol/coded-error.ts';
import type { ChatMessage, Prompt } from '../../protocol/prompt.ts';
import { renderTemplate, TemplateRefusal } from './jinja.ts';
import type { EncodeOptions, TextTokenizer } from './tokenizer.ts';

export interface ChatOptions {
  /** End with the beginning of the assistant's turn; true unless said otherwise. */
  readonly addGenerationPrompt?: boolean;
  /** What templates that write a date take for today; the present time unless said otherwise. */
  readonly now?: Date;
}

/**
 * Renders a chat as the model's own template has it, with the variables that transformers gives it.
 *
 * The text holds the special tokens already, a beginning-of-text token among them: encode it with
 * `{ addSpecialTokens: false }`, as {@link readPrompt} says.
 *
 * @throws CodedError `bad-argument` when the model has no template, or the template refuses these messages (a system
 * message, two turns of one role); `tokenizer-unsupported` when it cannot be rendered or takes too long.
 */
export function renderChat(
  tokenizer: Pick<TextTokenizer, 'chatTemplate' | 'specialTokens'>,
  messages: readonly ChatMessage[],
  { addGenerationPrompt = true, now = new Date() }: ChatOptions = {},
): string {
  const template = tokenizer.chatTemplate;
  if (template === undefined) {
    throw new CodedError(
      'bad-argument',
      'The model has no chat template (in tokenizer_config.json or chat_template.jinja).',
      'Give a plain text with --prompt instead.',
    );
  }
  const variables = {
    ...tokenizer.specialTokens,
    messages: messages.map(({ role, content }) => ({ role, content })),
    add_generation_prompt: addGenerationPrompt,
    tools: null,
    documents: null,
    strftime_now: (format: string) => formatTime(now, format),
  };
  try {
    return renderTemplate(template, variables);
  } catch (error) {
    throw templateError(error);
  }
}

/** A prompt as text, and how it is to be encoded: `tokenizer.encode(prompt.text, prompt)`. */
export interface PromptText extends Required<EncodeOptions> {
  readonly text: string;
}

/** The text that the model is to continue. Errors as {@link renderChat}. */
export function readPrompt(tokenizer: TextTokenizer, prompt: Prompt, options: ChatOptions = {}): PromptText {
  switch (prompt.kind) {
    case 'text':
      return { text: prompt.text, addSpecialTokens: true };
    case 'chat':
      // The template ends where the assistant begins to speak: what it has said already follows there.
      return {
        text: renderChat(tokenizer, prompt.messages, options) + (prompt.answer ?? ''),
        addSpecialTokens: false,
      };
  }
}

/** Python's strftime in the C locale, for the directives that published templates use. */
function formatTime(now: Date, format: string): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const name = (options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat('en-US', options).format(now);
  const directives: Readonly<Record<string, () => string>> = {
    '%Y': () => String(now.getFullYear()),
    '%m': () => two(now.getMonth() + 1),
    '%d': () => two(now.getDate()),
    '%H': () => two(now.getHours()),
    '%M': () => two(now.getMinutes()),
    '%S': () => two(now.getSeconds()),
    '%B': () => name({ month: 'long' }),
    '%b': () => name({ month: 'short' }),
    '%A': () => name({ weekday: 'long' }),
    '%a': () => name({ weekday: 'short' }),
    '%%': () => '%',
  };
  return format.replace(/%./g, (directive) => directives[directive]?.() ?? directive);
}

function templateError(error: unknown): CodedError {
  const reason = error instanceof Error ? error.message : String(error);
  const sentence = reason.replace(/[\s.]*$/, '.');
  if (error instanceof TemplateRefusal) {
    return new CodedError(
      'bad-argument',
      `The model's chat template refuses these messages: ${sentence}`,
      'Change the roles or their order, or give a plain text with --prompt.',
      { reason },
    );
  }
  return new CodedError(
    'tokenizer-unsupported',
    `The model's chat template cannot be rendered: ${sentence}`,
    'Give a plain text with --prompt instead.',
    { reason },
  );
}
