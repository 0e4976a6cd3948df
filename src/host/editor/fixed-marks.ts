import * as vscode from 'vscode';

import { rangeOf } from './document-span.ts';
import { movedSpan } from './moving-span.ts';
import type { Span } from './transcript/span.ts';

interface FixedMark {
  readonly uri: string;
  readonly span: Span;
  readonly edit: number;
}

/** Marks the texts that an edit has corrected: a tick in the gutter, an underline, and a word in the hover. */
export class FixedMarks implements vscode.Disposable {
  readonly #type: vscode.TextEditorDecorationType;
  readonly #subscriptions: readonly vscode.Disposable[];
  #marks: readonly FixedMark[] = [];

  constructor(context: vscode.ExtensionContext) {
    this.#type = vscode.window.createTextEditorDecorationType({
      gutterIconPath: vscode.Uri.joinPath(context.extensionUri, 'media', 'editor', 'fixed.svg'),
      gutterIconSize: 'contain',
      textDecoration: 'underline dotted',
      overviewRulerColor: new vscode.ThemeColor('testing.iconPassed'),
      overviewRulerLane: vscode.OverviewRulerLane.Right,
    });
    this.#subscriptions = [
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        const uri = document.uri.toString();
        if (contentChanges.length === 0 || !this.#marks.some((mark) => mark.uri === uri)) return;
        this.#marks = this.#marks.flatMap((mark) => {
          const span = mark.uri === uri ? movedSpan(mark.span, contentChanges) : mark.span;
          return span ? { ...mark, span } : [];
        });
        this.#show();
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
    this.#marks = [...others, { uri, span, edit }];
    this.#show();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#type.dispose();
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
