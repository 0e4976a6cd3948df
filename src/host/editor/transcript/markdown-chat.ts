import type { ChatMessage } from '../../../protocol/prompt.ts';
import type { Exchange } from './exchange.ts';
import { lineAt } from './line.ts';
import { MappedText, type Piece } from './mapped-text.ts';
import { BOLD_LEVEL, markersOf, quotesLength, type MarkdownMarker } from './markdown-marker.ts';
import { meets, trimmed, type Span } from './span.ts';
import { isProse, type TranscriptDocument } from './transcript-document.ts';

/** Headings up to this level divide a document. */
const SECTION_LEVEL = 2;

interface Turn {
  readonly role: string;
  readonly quotes: number;
  /** From behind the role's name to the next marker. */
  readonly zone: Span;
}

/** An answer in a chat whose turns begin with a heading, or a name in bold, that says who speaks; it may be quoted. */
export function findMarkdownChat(document: TranscriptDocument, selection: Span): Exchange | null {
  if (!isProse(document)) return null;
  const { text } = document;
  for (const turns of chatsOf(text, markersOf(text))) {
    const met = turns.filter(({ zone }) => meets(zone, selection));
    if (met.length === 0) continue;
    const answer = met[0]!;
    const before = turns.slice(0, turns.indexOf(answer));
    return met.length === 1 && answer.role === 'assistant' && before.length > 0
      ? exchangeOf(text, before, answer)
      : null;
  }
  return null;
}

function exchangeOf(text: string, before: readonly Turn[], turn: Turn): Exchange {
  const contents = before.map((said) => contentOf(text, said));
  const messages = before.map(({ role }, i): ChatMessage => ({ role, content: contents[i]!.text.trim() }));
  return {
    asked: { kind: 'chat', messages },
    askedSpans: contents.map((content) =>
      content.spanOf(trimmed(content.text, { start: 0, end: content.text.length })),
    ),
    answer: contentOf(text, turn),
    notation: { kind: 'plain', linePrefix: '> '.repeat(turn.quotes) },
  };
}

/** The chats of a document, each as its turns. */
function chatsOf(text: string, markers: readonly MarkdownMarker[]): readonly (readonly Turn[])[] {
  const levels = roleLevels(markers);
  const chats: Turn[][] = [];
  let isNew = true;
  const kept = markers.filter((marker) => endsChat(marker, levels) || beginsTurn(marker, levels));
  kept.forEach((marker, i) => {
    if (!beginsTurn(marker, levels)) {
      isNew = true;
      return;
    }
    const isAnswered = chats.at(-1)?.some(({ role }) => role === 'assistant') ?? false;
    if (isNew || (marker.isNewPrompt && isAnswered)) chats.push([]);
    isNew = false;
    const zone = { start: marker.contentStart, end: kept[i + 1]?.line.start ?? text.length };
    chats.at(-1)!.push({ role: marker.role!, quotes: marker.quotes, zone });
  });
  return chats;
}

/** How turns are marked: as the first question and the first answer are. Other names of roles belong to what is said. */
function roleLevels(markers: readonly MarkdownMarker[]): ReadonlySet<number> {
  const first = (role: string): readonly number[] => {
    const found = markers.find((marker) => marker.role === role);
    return found ? [found.level] : [];
  };
  return new Set([...first('user'), ...first('assistant')]);
}

function beginsTurn({ role, level }: MarkdownMarker, levels: ReadonlySet<number>): boolean {
  return role !== null && levels.has(level);
}

/** A heading above those of the turns ends the chat; an answer under a name in bold may have small headings of its own. */
function endsChat({ role, level }: MarkdownMarker, levels: ReadonlySet<number>): boolean {
  const top = Math.min(...levels);
  return role === null && (top < BOLD_LEVEL ? level < top : level <= SECTION_LEVEL);
}

/** What is said in a turn, without the marks of quotation, from its first word on. */
function contentOf(text: string, { zone, quotes }: Turn): MappedText {
  const pieces: Piece[] = [];
  for (let start = zone.start; start < zone.end;) {
    const line = lineAt(text, start);
    const from = start === zone.start ? start : start + quotesLength(line.text, quotes);
    const end = Math.min(line.end, zone.end);
    if (end > from) pieces.push({ text: text.slice(from, end), span: { start: from, end } });
    const found = text.indexOf('\n', line.end);
    const next = found === -1 ? zone.end : found + 1;
    if (found !== -1 && next <= zone.end) pieces.push({ text: '\n', span: { start: line.end, end: next } });
    start = next;
  }
  return new MappedText(withoutLeadingSpace(pieces), zone);
}

function withoutLeadingSpace(pieces: readonly Piece[]): readonly Piece[] {
  const first = pieces.findIndex(({ text }) => text.trim() !== '');
  if (first === -1) return [];
  const { text, span } = pieces[first]!;
  const spoken = text.trimStart();
  const start = span.end - spoken.length;
  return [{ text: spoken, span: { start, end: span.end } }, ...pieces.slice(first + 1)];
}
