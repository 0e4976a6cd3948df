import * as vscode from 'vscode';

import type { Decision } from '../../protocol/decision.ts';
import type { GeneratedToken } from '../../protocol/generation.ts';
import { movedSpan } from './moving-span.ts';
import { meets, type Span } from './transcript/span.ts';

/** A generated token and the text in the document that it has become. */
export interface WrittenToken {
  readonly token: GeneratedToken;
  readonly text: string;
}

interface GeneratedSpan extends Span {
  readonly tokens: readonly WrittenToken[];
  readonly decision: Decision;
}

/** A token of a generated text, and where it stands. */
export interface TokenAt {
  readonly token: GeneratedToken;
  readonly span: Span;
  readonly decision: Decision;
}

/** The texts in documents that a model wrote and nobody has changed since, with their tokens. */
export class GeneratedText implements vscode.Disposable {
  readonly #spans = new Map<string, readonly GeneratedSpan[]>();
  readonly #subscriptions: readonly vscode.Disposable[] = [
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const uri = document.uri.toString();
      const spans = this.#spans.get(uri);
      if (!spans) return;
      this.#set(
        uri,
        spans.flatMap((span) => {
          const moved = movedSpan(span, contentChanges);
          return moved ? { ...span, ...moved } : [];
        }),
      );
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (document.isClosed) this.#spans.delete(document.uri.toString());
    }),
  ];

  /** Remembers what was written at an offset. */
  add(document: vscode.TextDocument, start: number, tokens: readonly WrittenToken[], decision: Decision): void {
    const uri = document.uri.toString();
    const end = start + tokens.reduce((length, { text }) => length + text.length, 0);
    if (end > start) this.#set(uri, [...(this.#spans.get(uri) ?? []), { start, end, tokens, decision }]);
  }

  /** The token at an offset; undefined when no model wrote it. */
  at(document: vscode.TextDocument, offset: number): TokenAt | undefined {
    const place = { start: offset, end: offset + 1 };
    const found = this.#spans.get(document.uri.toString())?.find((span) => meets(span, place));
    if (!found) return undefined;
    let start = found.start;
    for (const { token, text } of found.tokens) {
      const span = { start, end: start + text.length };
      if (meets(span, place)) return { token, span, decision: found.decision };
      start = span.end;
    }
    return undefined;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #set(uri: string, spans: readonly GeneratedSpan[]): void {
    if (spans.length === 0) this.#spans.delete(uri);
    else this.#spans.set(uri, spans);
  }
}
