import type * as vscode from 'vscode';

import type { GeneratedToken } from '../../protocol/generation.ts';
import { rangeOf, withLineEnds } from './document-span.ts';
import type { DocumentWriter } from './document-writer.ts';
import type { WrittenToken } from './generated-text.ts';
import type { ContinuedOutput } from './transcript/continued-output.ts';
import { write } from './transcript/notation.ts';

/** Milliseconds between two writes: each of them is a round through the editor. */
const PAUSE = 50;

/** Tokens on their way into a document: gathered, written as the place asks for it, and remembered. */
export class TokenStream {
  readonly #writer: DocumentWriter;
  readonly #document: vscode.TextDocument;
  readonly #place: ContinuedOutput;
  readonly #tokens: WrittenToken[] = [];
  #sent = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  /** Written before what comes first. */
  joint = '';

  constructor(writer: DocumentWriter, document: vscode.TextDocument, place: ContinuedOutput) {
    this.#writer = writer;
    this.#document = document;
    this.#place = place;
  }

  add(token: GeneratedToken): void {
    const isFirst = this.#tokens.every(({ text }) => text === '');
    const isJoined = this.#place.afterSpace || this.joint !== '';
    const own = isFirst && isJoined ? token.text.replace(/^ /u, '') : token.text;
    const said = isFirst && own !== '' ? this.joint + own : own;
    this.#tokens.push({ token, text: withLineEnds(this.#document, write(said, this.#place.notation)) });
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      // The last token is kept, so that there is one to end the step of undo with.
      this.#send(this.#tokens.length - 1, false);
    }, PAUSE);
  }

  /** Writes what is left, and gives all that was written. */
  async end(): Promise<readonly WrittenToken[]> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#send(this.#tokens.length, true);
    await this.#writing;
    return this.#tokens;
  }

  /** Whether the document has what was written, as it was written. */
  isUntouched(): boolean {
    const text = this.#tokens.map((token) => token.text).join('');
    return !this.#writer.isLost && this.#document.getText(rangeOf(this.#document, this.#writer.span)) === text;
  }

  #send(until: number, isLast: boolean): void {
    const text = this.#tokens
      .slice(this.#sent, until)
      .map((token) => token.text)
      .join('');
    this.#sent = until;
    if (text !== '') this.#writing = this.#writing.then(() => this.#writer.write(text, isLast));
  }
}
