/** Part of a text, in UTF-16 units; `end` is the first that is not in it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Whether two spans share a character; an empty span is met by what it stands in or touches. */
export function meets(span: Span, other: Span): boolean {
  return other.start === other.end
    ? span.start <= other.start && other.end <= span.end
    : span.start < other.end && other.start < span.end;
}

/** The span without the white space at its ends; empty, at its start, when there is nothing else in it. */
export function trimmed(text: string, { start, end }: Span): Span {
  const part = text.slice(start, end);
  if (part.trim() === '') return { start, end: start };
  return { start: end - part.trimStart().length, end: start + part.trimEnd().length };
}
