import { findArrowLine } from './arrow-line.ts';
import type { Exchange } from './exchange.ts';
import { findJsonTranscript } from './json-transcript.ts';
import { findMarkdownChat } from './markdown-chat.ts';
import { trimmed, type Span } from './span.ts';
import type { TranscriptDocument } from './transcript-document.ts';

/**
 * What was asked, and what was answered, around a selection; null where the document does not say, and the person has to be
 * asked. A selection may be empty: the place of a cursor.
 */
export function findExchange(document: TranscriptDocument, selection: Span): Exchange | null {
  const meant = trimmed(document.text, selection);
  return findJsonTranscript(document, meant) ?? findMarkdownChat(document, meant) ?? findArrowLine(document, meant);
}
