import { linesOf, type Line } from './line.ts';
import { roleOf } from './role.ts';
import type { Span } from './span.ts';

/** A line of a Markdown text that begins a turn, or a heading that may end a chat. */
export interface MarkdownMarker {
  /** Null for a heading that names no role. */
  readonly role: string | null;
  /** Whether it asks something new: a list of prompts is no chat, and each begins one of its own. */
  readonly isNewPrompt: boolean;
  /** Of the heading; 7 for a role name in bold. */
  readonly level: number;
  /** How many marks of quotation stand before it. */
  readonly quotes: number;
  readonly line: Span;
  /** Where what is said begins: behind the role's name. */
  readonly contentStart: number;
}

export const BOLD_LEVEL = 7;

const QUOTES = /^(?: {0,3}>[ \t]?)*/u;
const HEADING = /^ {0,3}(?<marks>#{1,6})[ \t]+(?<title>.*?)[ \t]*#*[ \t]*$/u;
const ROLE_TITLE = /^(?:\*\*|__)?(?<name>\p{L}+)[ \t]*:?(?:\*\*|__)?:?$/u;
const BOLD =
  /^[ \t]*(?:[-*+][ \t]+)?(?<mark>\*\*|__)(?<name>\p{L}+)[ \t]*(?::[ \t]*\k<mark>|\k<mark>[ \t]*:|\k<mark>[ \t]*$)[ \t]*/u;
const FENCE = /^ {0,3}(?<fence>`{3,}|~{3,})(?<info>.*)$/u;

/** The markers of a text, in order; what stands in fenced code is none. */
export function markersOf(text: string): readonly MarkdownMarker[] {
  const lines = linesOf(text);
  const code = fencedLines(lines);
  return lines.flatMap((line, i) => (code.has(i) ? [] : (markerOf(line) ?? [])));
}

/** The length of the marks of quotation before a line, as far as `deepest` of them. */
export function quotesLength(line: string, deepest: number): number {
  const marks = QUOTES.exec(line)![0].match(/ {0,3}>[ \t]?/gu) ?? [];
  return marks.slice(0, deepest).join('').length;
}

function markerOf(line: Line): MarkdownMarker | null {
  const prefix = QUOTES.exec(line.text)![0];
  const quotes = prefix.split('>').length - 1;
  const text = line.text.slice(prefix.length);
  const heading = HEADING.exec(text)?.groups;
  if (heading) {
    const name = ROLE_TITLE.exec(heading['title']!)?.groups?.['name'];
    const role = (name !== undefined && roleOf(name)) || null;
    const level = heading['marks']!.length;
    return { role, isNewPrompt: isNewPrompt(name), level, quotes, line, contentStart: line.end };
  }
  const bold = BOLD.exec(text);
  const name = bold?.groups!['name'];
  const role = name === undefined ? undefined : roleOf(name);
  if (!bold || !role) return null;
  const contentStart = line.start + prefix.length + bold[0].length;
  return { role, isNewPrompt: isNewPrompt(name), level: BOLD_LEVEL, quotes, line, contentStart };
}

const isNewPrompt = (name = ''): boolean => /^(?:prompt|question)$/iu.test(name);

/** Lines of fenced code, its fences among them; a fence that is never closed is none. */
function fencedLines(lines: readonly Line[]): ReadonlySet<number> {
  const inside = new Set<number>();
  let open: { readonly at: number; readonly fence: string } | null = null;
  lines.forEach(({ text }, at) => {
    const found = FENCE.exec(text.slice(QUOTES.exec(text)![0].length))?.groups;
    if (!found) return;
    const fence = found['fence']!;
    if (!open) open = { at, fence };
    else if (fence.startsWith(open.fence) && found['info']!.trim() === '') {
      for (let i = open.at; i <= at; i++) inside.add(i);
      open = null;
    }
  });
  return inside;
}
