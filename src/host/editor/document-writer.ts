import * as vscode from 'vscode';

import { withLineEnds } from './document-span.ts';
import type { TextChange } from './moving-span.ts';
import type { Span } from './transcript/span.ts';

/** How often a write is tried again when somebody typed at the same moment. */
const TRIES = 20;

/**
 * Writes a text into a document, piece by piece, behind what it has written already, wherever that has moved to. The pieces
 * are one step of undo, unless somebody types in between.
 */
export class DocumentWriter implements vscode.Disposable {
  readonly #document: vscode.TextDocument;
  readonly #lost = new vscode.EventEmitter<void>();
  readonly #subscriptions: readonly vscode.Disposable[];
  #span: Span;
  #isLost = false;
  #isFirst = true;
  /** What is being inserted now, so that it is told from what people type. */
  #inserting: string | null = null;

  /** Fires when there is no place left to write to: it was deleted, or the document was closed. */
  readonly onDidLose = this.#lost.event;

  constructor(document: vscode.TextDocument, offset: number) {
    this.#document = document;
    this.#span = { start: offset, end: offset };
    this.#subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document === document) for (const change of event.contentChanges) this.#follow(change);
      }),
      vscode.workspace.onDidCloseTextDocument((closed) => {
        if (closed === document) this.#lose();
      }),
    ];
  }

  /** Where the written text stands. */
  get span(): Span {
    return this.#span;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Adds a piece; one at a time. The last piece ends the step of undo. */
  async write(text: string, isLast: boolean): Promise<void> {
    const piece = withLineEnds(this.#document, text);
    for (let i = 0; i < TRIES && !this.#isLost && piece !== ''; i++) {
      if (await this.#insert(piece, isLast)) {
        this.#isFirst = false;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (piece !== '') this.#lose();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#lost.dispose();
  }

  async #insert(piece: string, isLast: boolean): Promise<boolean> {
    const position = this.#document.positionAt(this.#span.end);
    const editor = vscode.window.visibleTextEditors.find(({ document }) => document === this.#document);
    this.#inserting = piece;
    try {
      if (editor) {
        const stops = { undoStopBefore: this.#isFirst, undoStopAfter: isLast };
        return await editor.edit((edit) => {
          edit.insert(position, piece);
        }, stops);
      }
      // Behind another tab there is no editor; every piece is a step of undo then.
      const edit = new vscode.WorkspaceEdit();
      edit.insert(this.#document.uri, position, piece);
      return await vscode.workspace.applyEdit(edit);
    } finally {
      this.#inserting = null;
    }
  }

  #follow({ rangeOffset, rangeLength, text }: TextChange): void {
    const { start, end } = this.#span;
    const by = text.length - rangeLength;
    const isOurs = rangeOffset === end && rangeLength === 0 && text === this.#inserting;
    if (isOurs) {
      this.#inserting = null;
      this.#span = { start, end: end + by };
    } else if (rangeOffset + rangeLength <= start) this.#span = { start: start + by, end: end + by };
    else if (rangeOffset >= end) return;
    else if (rangeOffset >= start && rangeOffset + rangeLength <= end) this.#span = { start, end: end + by };
    else this.#lose();
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#lost.fire();
  }
}
