import type { Span } from './transcript/span.ts';

/** A change of a text: what stood in a span is replaced. */
export interface TextChange {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** Where a span is after changes, in the order in which they were made; null when what stands in it was changed. */
export function movedSpan(span: Span, changes: readonly TextChange[]): Span | null {
  let moved = span;
  for (const { rangeOffset, rangeLength, text } of changes) {
    if (rangeOffset >= moved.end) continue;
    if (rangeOffset + rangeLength > moved.start) return null;
    const by = text.length - rangeLength;
    moved = { start: moved.start + by, end: moved.end + by };
  }
  return moved;
}

/** Where a place in a text is after changes; one within what was replaced goes to its beginning. */
export function movedOffset(offset: number, changes: readonly TextChange[]): number {
  let moved = offset;
  for (const { rangeOffset, rangeLength, text } of changes) {
    if (rangeOffset + rangeLength <= moved && rangeOffset < moved) moved += text.length - rangeLength;
    else if (rangeOffset < moved) moved = rangeOffset;
  }
  return moved;
}
