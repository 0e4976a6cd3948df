import type { Span } from './span.ts';

/** A line of a text, without its line end. */
export interface Line extends Span {
  readonly text: string;
}

/** The lines of a text. */
export function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length;) {
    const line = lineAt(text, start);
    lines.push(line);
    const next = text.indexOf('\n', start);
    if (next === -1) break;
    start = next + 1;
  }
  return lines;
}

/** The line around an offset. */
export function lineAt(text: string, offset: number): Line {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const found = text.indexOf('\n', offset);
  const next = found === -1 ? text.length : found;
  const end = next > start && text[next - 1] === '\r' ? next - 1 : next;
  return { start, end, text: text.slice(start, end) };
}
