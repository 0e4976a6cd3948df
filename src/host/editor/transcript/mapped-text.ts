import type { Span } from './span.ts';

/** A piece of text and where it stands in the document. One of another length there is an escape: it has no inside. */
export interface Piece {
  readonly text: string;
  readonly span: Span;
}

interface PlacedPiece extends Piece {
  /** Where it begins in the text. */
  readonly at: number;
}

/** A text as it is meant, each character of which knows where it is written: escaped, behind quotation marks, or as it is. */
export class MappedText {
  readonly text: string;
  /** The part of the document that it was read from. */
  readonly span: Span;
  readonly #pieces: readonly PlacedPiece[];

  constructor(pieces: readonly Piece[], span: Span) {
    this.span = span;
    let at = 0;
    this.#pieces = pieces
      .filter(({ text }) => text !== '')
      .map((piece) => {
        const placed = { ...piece, at };
        at += piece.text.length;
        return placed;
      });
    this.text = this.#pieces.map(({ text }) => text).join('');
  }

  /** Part of a document as it is; line ends become line feeds. */
  static verbatim(document: string, span: Span): MappedText {
    const pieces: Piece[] = [];
    let start = span.start;
    for (;;) {
      const found = document.indexOf('\r\n', start);
      const end = found === -1 || found + 2 > span.end ? span.end : found;
      pieces.push({ text: document.slice(start, end), span: { start, end } });
      if (end === span.end) return new MappedText(pieces, span);
      start = end + 2;
      pieces.push({ text: '\n', span: { start: end, end: start } });
    }
  }

  /** The characters that lie, at least in part, in a span of the document. */
  unitsIn({ start, end }: Span): Span {
    const first = this.unitsBefore(start);
    const last = start === end ? first : this.#count((offset) => offset < end, 'start');
    return this.#wholeCharacters({ start: first, end: Math.max(first, last) });
  }

  /** How many UTF-16 units are written entirely before an offset of the document. */
  unitsBefore(offset: number): number {
    return this.#count((end) => end <= offset, 'end');
  }

  /** Where a part of the text is written. */
  spanOf({ start, end }: Span): Span {
    const from = this.#offset(start);
    return { start: from, end: end <= start ? from : this.#endOffset(end) };
  }

  #count(isBefore: (offset: number) => boolean, side: 'start' | 'end'): number {
    let count = 0;
    for (const piece of this.#pieces) {
      if (isBefore(piece.span.end)) {
        count = piece.at + piece.text.length;
        continue;
      }
      const step = side === 'end' ? 1 : 0;
      if (!isVerbatim(piece)) return isBefore(piece.span[side]) ? piece.at + piece.text.length : count;
      for (let i = 0; i < piece.text.length && isBefore(piece.span.start + i + step); i++) count = piece.at + i + 1;
      return count;
    }
    return count;
  }

  /** A character of two units is never cut. */
  #wholeCharacters({ start, end }: Span): Span {
    if (start === end) return { start, end };
    return { start: start - (this.#cutsAt(start) ? 1 : 0), end: end + (this.#cutsAt(end) ? 1 : 0) };
  }

  #cutsAt(at: number): boolean {
    return isHighSurrogate(this.text.charCodeAt(at - 1)) && isLowSurrogate(this.text.charCodeAt(at));
  }

  #offset(unit: number): number {
    const piece = this.#pieces.find(({ at, text }) => unit < at + text.length);
    if (!piece) return this.#pieces.at(-1)?.span.end ?? this.span.start;
    return isVerbatim(piece) ? piece.span.start + unit - piece.at : piece.span.start;
  }

  #endOffset(unit: number): number {
    const piece = this.#pieces.find(({ at, text }) => unit <= at + text.length)!;
    return isVerbatim(piece) ? piece.span.start + unit - piece.at : piece.span.end;
  }
}

const isVerbatim = ({ text, span }: Piece): boolean => text.length === span.end - span.start;
const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
