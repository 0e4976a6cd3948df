import { AS_IT_IS } from './notation.ts';
import type { Exchange } from './exchange.ts';
import { lineAt } from './line.ts';
import { MappedText } from './mapped-text.ts';
import type { Span } from './span.ts';
import { isProse, type TranscriptDocument } from './transcript-document.ts';

const ARROW = /^(?<mark>[\s>]*(?:[-*+]\s+)?)(?<asked>\S.*?)\s+(?:=>|->|→)(?:\s+|$)/u;

/** A line of the form `prompt => output`, or with `->`, around the selection. */
export function findArrowLine(document: TranscriptDocument, selection: Span): Exchange | null {
  if (!isProse(document)) return null;
  const line = lineAt(document.text, selection.start);
  const match = ARROW.exec(line.text);
  const answerStart = line.start + (match?.[0].length ?? 0);
  if (!match?.groups || selection.start < answerStart || selection.end > line.end) return null;
  const asked = match.groups['asked']!;
  const askedStart = line.start + match.groups['mark']!.length;
  return {
    asked: { kind: 'text', text: asked },
    askedSpans: [{ start: askedStart, end: askedStart + asked.length }],
    answer: MappedText.verbatim(document.text, { start: answerStart, end: line.end }),
    notation: AS_IT_IS,
  };
}
