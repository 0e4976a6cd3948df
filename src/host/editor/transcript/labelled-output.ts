import { findExchange } from './find-exchange.ts';
import { lineAt } from './line.ts';
import { MappedText } from './mapped-text.ts';
import { AS_IT_IS } from './notation.ts';
import { selectAnswer, selectOutput, type SelectedOutput } from './selected-output.ts';
import type { Span } from './span.ts';
import type { TranscriptDocument } from './transcript-document.ts';

/** A text and its label around a selection, for a model with these labels; null where the selection is not in a labelled text. */
export function findLabelled(
  document: TranscriptDocument,
  selection: Span,
  labels: readonly string[],
): SelectedOutput | null {
  const line = lineAt(document.text, selection.start);
  // Of a line with an arrow anything may be selected: it has one text and one label.
  const atEnd = { start: line.end, end: line.end };
  const exchange =
    findExchange(document, selection) ?? (selection.end <= line.end ? findExchange(document, atEnd) : null);
  if (!exchange) return null;
  // What else stands behind the label is no part of it, if it alone was selected.
  const own = selectOutput(exchange, selection);
  const output = own && labels.includes(own.wrong) ? own : selectAnswer(exchange);
  return output && named(output, labels);
}

/** A selected text that has no label in its document yet. */
export function selectUnlabelled({ text }: TranscriptDocument, selection: Span): SelectedOutput {
  const prompt = { kind: 'text', text: MappedText.verbatim(text, selection).text } as const;
  return {
    ...{ prompt, question: prompt, before: '', lead: '', wrong: '', ends: true, notation: AS_IT_IS },
    promptSpans: [selection],
    wrongSpan: selection,
  };
}

/** Whether a text is the name of a label. */
export const isLabel = (text: string, labels: readonly string[]): boolean =>
  labels.some((label) => label.toLowerCase() === text.trim().toLowerCase());

/** A label that is written as a number, by its name. */
function named(output: SelectedOutput, labels: readonly string[]): SelectedOutput {
  const { notation, wrong } = output;
  if (notation.kind !== 'number') return output;
  return { ...output, wrong: labels[Number(wrong)] ?? wrong, notation: { kind: 'number', labels } };
}
