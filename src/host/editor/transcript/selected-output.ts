import type { Prompt } from '../../../protocol/prompt.ts';
import { promptWith, withoutTrailingSpace, type Exchange } from './exchange.ts';
import type { Notation } from './notation.ts';
import { trimmed, type Span } from './span.ts';

/** A part of a model's answer that was selected, and the prompt that it answers. */
export interface SelectedOutput {
  /** The question, and the answer up to what is wrong. */
  readonly prompt: Prompt;
  /** The question alone. */
  readonly question: Prompt;
  /** All that the answer says before what is wrong. */
  readonly before: string;
  /**
   * What belongs to the target of what stands before the selection: the beginning of the word that it begins in, and white space
   * that is more than the one space which the engine puts between a prompt and its target.
   */
  readonly lead: string;
  readonly wrong: string;
  /** Where the prompt is written. */
  readonly promptSpans: readonly Span[];
  readonly wrongSpan: Span;
  /** Whether the answer ends with the selection. */
  readonly ends: boolean;
  readonly notation: Notation;
}

/** Longer ones are no word's beginning: the text is of a language that puts no space between words. */
const LONGEST_LEAD = 32;

/** The selection as part of an answer; null when it holds none of it, or nothing is asked. */
export function selectOutput(exchange: Exchange, selection: Span): SelectedOutput | null {
  const { asked, askedSpans, answer, notation } = exchange;
  const units = trimmed(answer.text, answer.unitsIn(selection));
  if (units.start === units.end) return null;
  const before = answer.text.slice(0, units.start);
  const lead = leadOf(before);
  const said = before.slice(0, before.length - lead.length);
  const prompt = promptWith(asked, withoutTrailingSpace(said));
  if (isBlank(prompt)) return null;
  return {
    prompt,
    question: promptWith(asked, ''),
    before,
    lead,
    wrong: answer.text.slice(units.start, units.end),
    promptSpans: [...askedSpans, ...saidSpans(exchange, units.start)],
    wrongSpan: answer.spanOf(units),
    ends: endsAt(answer.text, units.end),
    notation,
  };
}

/** The whole answer around a selection; null as there. */
export function selectAnswer(exchange: Exchange): SelectedOutput | null {
  const { answer } = exchange;
  return selectOutput(exchange, answer.spanOf(trimmed(answer.text, { start: 0, end: answer.text.length })));
}

/** Whether nothing more of the answer comes; a rule drawn between turns is not part of it. */
function endsAt(answer: string, end: number): boolean {
  const rest = answer.slice(end).trim();
  return rest === '' || /^(?:-{3,}|\*{3,}|_{3,})$/u.test(rest);
}

function leadOf(before: string): string {
  const lead = /[ \t]*\S*$/u.exec(before)![0];
  const follows = lead.length < before.length && !before.slice(0, -lead.length).endsWith('\n');
  const own = follows && /^ \S*$/u.test(lead) ? lead.slice(1) : lead;
  return own.length > LONGEST_LEAD ? '' : own;
}

function saidSpans({ answer }: Exchange, end: number): readonly Span[] {
  const said = trimmed(answer.text, { start: 0, end });
  return said.start === said.end ? [] : [answer.spanOf(said)];
}

/** Whether a prompt says nothing. */
export function isBlank(prompt: Prompt): boolean {
  return prompt.kind === 'text'
    ? prompt.text.trim() === ''
    : prompt.messages.every(({ content }) => content.trim() === '');
}
