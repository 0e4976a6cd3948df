import type { Prompt } from '../../../protocol/prompt.ts';
import type { MappedText } from './mapped-text.ts';
import type { Notation } from './notation.ts';
import type { Span } from './span.ts';

/** What a model was asked, and what it answered, as they were found in a document. */
export interface Exchange {
  readonly asked: Prompt;
  /** Where the question is written. */
  readonly askedSpans: readonly Span[];
  readonly answer: MappedText;
  readonly notation: Notation;
}

/** The prompt of what comes after `answer`, of which the model has said that much already. */
export function promptWith(asked: Prompt, answer: string): Prompt {
  if (asked.kind === 'chat') return answer === '' ? asked : { ...asked, answer };
  if (answer === '') return { ...asked, text: withoutTrailingSpace(asked.text) };
  return { ...asked, text: withoutTrailingSpace(joined(asked.text, answer)) };
}

/** Two texts one after the other, a space between them where neither has white space at the seam: as the engine joins them. */
export function joined(before: string, after: string): string {
  const touching = before !== '' && after !== '' && /\S$/u.test(before) && /^\S/u.test(after);
  return touching ? `${before} ${after}` : before + after;
}

/** Without the space behind its last word; the engine puts it back, as part of the next word, as models have learned it. */
export function withoutTrailingSpace(text: string): string {
  return text.replace(/(?<=\S) $/u, '');
}
