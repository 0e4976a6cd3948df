import type { Exchange } from './exchange.ts';
import { lineAt } from './line.ts';
import { MappedText } from './mapped-text.ts';
import { AS_IT_IS } from './notation.ts';
import type { Span } from './span.ts';

/** How far back a prompt goes in a plain text: `block` is the paragraph and the one before it. */
export type ReachKind = 'line' | 'paragraph' | 'block' | 'document';

/** A prompt that a plain text offers: everything from `start` to the selection. */
export interface Reach {
  readonly kind: ReachKind;
  readonly start: number;
}

/** The different prompts that end at an offset, the shortest first; none when there is only white space before it. */
export function reachesBefore(text: string, offset: number): readonly Reach[] {
  const paragraph = paragraphStart(text, offset);
  const all: readonly Reach[] = [
    { kind: 'line', start: lineAt(text, offset).start },
    { kind: 'paragraph', start: paragraph },
    { kind: 'block', start: paragraphStart(text, text.slice(0, paragraph).trimEnd().length) },
    { kind: 'document', start: 0 },
  ];
  const promptOf = ({ start }: Reach): string => text.slice(start, offset).trim();
  return all.filter(
    (reach, i) => promptOf(reach) !== '' && all.findIndex((other) => promptOf(other) === promptOf(reach)) === i,
  );
}

/** A plain text as an exchange: everything from the reach on is the model's, up to the end of the paragraph. */
export function exchangeOf(text: string, { start }: Reach, selection: Span): Exchange {
  const from =
    start + (text.slice(start, selection.start).length - text.slice(start, selection.start).trimStart().length);
  return {
    asked: { kind: 'text', text: '' },
    askedSpans: [],
    answer: MappedText.verbatim(text, { start: from, end: paragraphEnd(text, selection.end) }),
    notation: AS_IT_IS,
  };
}

function paragraphStart(text: string, offset: number): number {
  let start = 0;
  for (const gap of text.slice(0, offset).matchAll(/\n[ \t\r]*\n/gu)) start = gap.index + gap[0].length;
  return start;
}

function paragraphEnd(text: string, offset: number): number {
  const gap = /\n[ \t\r]*(?:\n|$)/u.exec(text.slice(offset));
  return gap ? offset + gap.index : text.length;
}
