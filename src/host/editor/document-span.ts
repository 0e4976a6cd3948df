import * as vscode from 'vscode';

import type { Span } from './transcript/span.ts';

/** A span of a document's text as VS Code's editors have it. */
export function rangeOf(document: vscode.TextDocument, { start, end }: Span): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}

export function spanOf(document: vscode.TextDocument, { start, end }: vscode.Range): Span {
  return { start: document.offsetAt(start), end: document.offsetAt(end) };
}

/** A text with the line ends that a document would give it. */
export function withLineEnds(document: vscode.TextDocument, text: string): string {
  return document.eol === vscode.EndOfLine.CRLF ? text.replaceAll(/\r?\n/gu, '\r\n') : text;
}
