import { MappedText, type Piece } from './mapped-text.ts';
import type { Span } from './span.ts';

/** A JSON value and where it is written. */
export type JsonNode =
  | { readonly kind: 'object'; readonly span: Span; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly span: Span; readonly items: readonly JsonNode[] }
  /** The span is that between the quotation marks. */
  | { readonly kind: 'string'; readonly span: Span; readonly text: MappedText }
  | { readonly kind: 'other'; readonly span: Span };

export interface JsonMember {
  readonly name: string;
  readonly value: JsonNode;
}

/** Deeper nesting is no transcript. */
const DEEPEST = 100;

/** Reads the JSON value that fills a part of a text; null when there is none. */
export function readJson(text: string, span: Span): JsonNode | null {
  const reader = new JsonReader(text, span);
  const node = reader.value(0);
  return node && reader.isDone() ? node : null;
}

class JsonReader {
  readonly #text: string;
  readonly #end: number;
  #at: number;

  constructor(text: string, { start, end }: Span) {
    this.#text = text;
    this.#at = start;
    this.#end = end;
  }

  isDone(): boolean {
    this.#skipSpace();
    return this.#at === this.#end;
  }

  value(depth: number): JsonNode | null {
    this.#skipSpace();
    if (depth > DEEPEST || this.#at >= this.#end) return null;
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    return first === '"' ? this.#string() : this.#word();
  }

  #object(depth: number): JsonNode | null {
    const start = this.#at;
    const members: JsonMember[] = [];
    const isRead = this.#list('}', () => {
      const name = this.#string();
      const value = name?.kind === 'string' && this.#take(':') ? this.value(depth + 1) : null;
      if (name?.kind !== 'string' || !value) return false;
      members.push({ name: name.text.text, value });
      return true;
    });
    return isRead ? { kind: 'object', span: { start, end: this.#at }, members } : null;
  }

  #array(depth: number): JsonNode | null {
    const start = this.#at;
    const items: JsonNode[] = [];
    const isRead = this.#list(']', () => {
      const item = this.value(depth + 1);
      if (item) items.push(item);
      return item !== null;
    });
    return isRead ? { kind: 'array', span: { start, end: this.#at }, items } : null;
  }

  #list(close: string, readItem: () => boolean): boolean {
    this.#at++;
    if (this.#take(close)) return true;
    do {
      this.#skipSpace();
      if (!readItem()) return false;
    } while (this.#take(','));
    return this.#take(close);
  }

  #string(): JsonNode | null {
    if (!this.#take('"')) return null;
    const start = this.#at;
    const pieces: Piece[] = [];
    for (;;) {
      const piece = this.#piece();
      if (!piece) break;
      pieces.push(piece);
    }
    const span = { start, end: this.#at };
    return this.#at < this.#end && this.#text[this.#at++] === '"'
      ? { kind: 'string', span, text: new MappedText(pieces, span) }
      : null;
  }

  /** A run of plain characters, or one escape; null at the end of the string. */
  #piece(): Piece | null {
    const start = this.#at;
    if (this.#text[start] === '\\') return this.#escape();
    // Control characters are not allowed in a JSON string; a line end here means that it never ended.
    PLAIN.lastIndex = start;
    const run = PLAIN.exec(this.#text)?.[0].slice(0, this.#end - start) ?? '';
    this.#at += run.length;
    return run === '' ? null : { text: run, span: { start, end: this.#at } };
  }

  #escape(): Piece | null {
    ESCAPE.lastIndex = this.#at;
    const found = ESCAPE.exec(this.#text)?.[0];
    if (found === undefined || this.#at + found.length > this.#end) return null;
    const start = this.#at;
    this.#at += found.length;
    return { text: JSON.parse(`"${found}"`) as string, span: { start, end: this.#at } };
  }

  #word(): JsonNode | null {
    WORD.lastIndex = this.#at;
    const found = WORD.exec(this.#text)?.[0];
    if (found === undefined || this.#at + found.length > this.#end) return null;
    const start = this.#at;
    this.#at += found.length;
    return { kind: 'other', span: { start, end: this.#at } };
  }

  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#at >= this.#end || this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    while (this.#at < this.#end && ' \t\r\n'.includes(this.#text[this.#at]!)) this.#at++;
  }
}

// eslint-disable-next-line no-control-regex -- JSON names them.
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORD = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
