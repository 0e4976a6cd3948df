import type { Span } from './transcript/span.ts';

/** A text in a document that somebody has marked as wrong. */
export interface Flag extends Span {
  /** Of the document. */
  readonly uri: string;
  readonly text: string;
  readonly message: string;
  /** Where it was seen last, for documents that have not been opened since. */
  readonly range: readonly [startLine: number, startCharacter: number, endLine: number, endCharacter: number];
}

/** Where a flagged text stands in a document that may have changed: the place nearest to where it was; null when it is gone. */
export function anchored({ text, start }: Pick<Flag, 'text' | 'start'>, document: string): Span | null {
  const before = document.lastIndexOf(text, start);
  const after = document.indexOf(text, start);
  if (before === -1 && after === -1) return null;
  const isNearerBefore = after === -1 || (before !== -1 && start - before <= after - start);
  const at = isNearerBefore ? before : after;
  return { start: at, end: at + text.length };
}
