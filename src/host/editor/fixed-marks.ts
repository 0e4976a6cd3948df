import * as vscode from 'vscode';

import { rangeOf } from './document-span.ts';
import { movedOffset, movedSpan } from './moving-span.ts';
import type { Span } from './transcript/span.ts';

interface FixedMark {
  readonly uri: string;
  readonly span: Span;
  /** What stands in the span. */
  readonly text: string;
  readonly edit: number;
}

/** Marks whose text was changed that are remembered, in case the change is undone: the latest ones. */
const REMEMBERED = 100;

/**
 * Marks the texts that an edit has corrected: a tick in the gutter, an underline, and a word in the hover. A mark goes when its
 * text is changed, and is there again when that is undone.
 */
export class FixedMarks implements vscode.Disposable {
  readonly #type: vscode.TextEditorDecorationType;
  readonly #subscriptions: readonly vscode.Disposable[];
  #marks: readonly FixedMark[] = [];
  /** Marks whose text is gone; their spans begin where it would be. */
  #lost: readonly FixedMark[] = [];

  constructor(context: vscode.ExtensionContext) {
    this.#type = vscode.window.createTextEditorDecorationType({
      gutterIconPath: vscode.Uri.joinPath(context.extensionUri, 'media', 'editor', 'fixed.svg'),
      gutterIconSize: 'contain',
      textDecoration: 'underline dotted',
      overviewRulerColor: new vscode.ThemeColor('testing.iconPassed'),
      overviewRulerLane: vscode.OverviewRulerLane.Right,
    });
    this.#subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => {
        this.#follow(event);
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => {
        if (this.#marks.length > 0) this.#show();
      }),
    ];
  }

  /** Marks a text as corrected by an edit, in place of what marked it before. */
  mark(document: vscode.TextDocument, span: Span, edit: number): void {
    const uri = document.uri.toString();
    const others = this.#marks.filter((mark) => mark.uri !== uri || mark.edit !== edit);
    this.#marks = [...others, { uri, span, text: document.getText(rangeOf(document, span)), edit }];
    this.#show();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#type.dispose();
  }

  #follow({ document, contentChanges, reason }: vscode.TextDocumentChangeEvent): void {
    const uri = document.uri.toString();
    const isHere = (mark: FixedMark): boolean => mark.uri === uri;
    if (contentChanges.length === 0 || ![...this.#marks, ...this.#lost].some(isHere)) return;
    const changed: FixedMark[] = [];
    this.#marks = this.#marks.flatMap((mark) => {
      const span = isHere(mark) ? movedSpan(mark.span, contentChanges) : mark.span;
      if (!span) changed.push(mark);
      return span ? [{ ...mark, span }] : [];
    });
    this.#lost = this.#lost.map((mark) => (isHere(mark) ? { ...mark, span: spanFrom(mark, contentChanges) } : mark));
    if (reason !== undefined) this.#bringBack(document);
    const now = changed.map((mark) => ({ ...mark, span: spanFrom(mark, contentChanges) }));
    this.#lost = [...this.#lost, ...now].slice(-REMEMBERED);
    this.#show();
  }

  /** What was undone, or done again, may be what a mark was lost to. */
  #bringBack(document: vscode.TextDocument): void {
    const uri = document.uri.toString();
    const isBack = (mark: FixedMark): boolean =>
      mark.uri === uri && document.getText(rangeOf(document, mark.span)) === mark.text;
    const back = this.#lost.filter(isBack);
    this.#lost = this.#lost.filter((mark) => !back.includes(mark));
    this.#marks = [...this.#marks, ...back];
  }

  #show(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const uri = editor.document.uri.toString();
      const marks = this.#marks.filter((mark) => mark.uri === uri);
      editor.setDecorations(
        this.#type,
        marks.map(({ span, edit }) => ({
          range: rangeOf(editor.document, span),
          hoverMessage: vscode.l10n.t('Corrected by edit {0}.', edit),
        })),
      );
    }
  }
}

/** Where the text of a lost mark would stand after changes. */
function spanFrom({ span, text }: FixedMark, changes: readonly vscode.TextDocumentContentChangeEvent[]): Span {
  const start = movedOffset(span.start, changes);
  return { start, end: start + text.length };
}
