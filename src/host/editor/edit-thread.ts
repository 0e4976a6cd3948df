import * as vscode from 'vscode';

import type { Classification } from '../../protocol/classification.ts';
import type { EditMade } from '../../protocol/engine-api.ts';
import { withLineEnds, rangeOf } from './document-span.ts';
import { attemptComment, questionComments, resultComment } from './edit-comment.ts';
import { movedSpan, type TextChange } from './moving-span.ts';
import { write } from './transcript/notation.ts';
import type { SelectedOutput } from './transcript/selected-output.ts';
import type { Span } from './transcript/span.ts';

/** A comment box under something that a model said wrong; it goes where its text goes. */
export class EditThread implements vscode.Disposable {
  readonly thread: vscode.CommentThread;
  readonly document: vscode.TextDocument;
  readonly output: SelectedOutput;
  /** While it is being applied. */
  isBusy = false;
  /** What it was last asked to say. */
  target = '';
  /** The number of the edit that was made of it; null before. */
  edit: number | null = null;
  #span: Span | null;
  #said: Classification | null = null;

  constructor(controller: vscode.CommentController, document: vscode.TextDocument, output: SelectedOutput) {
    const range = rangeOf(document, output.wrongSpan);
    this.document = document;
    this.output = output;
    this.#span = output.wrongSpan;
    this.thread = controller.createCommentThread(document.uri, range, questionComments(output));
    this.thread.label = vscode.l10n.t('Edit this output');
    this.thread.contextValue = 'asking';
    this.thread.canReply = true;
    this.thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
  }

  /** Where the wrong text stands now; null once it was changed. */
  get span(): Span | null {
    return this.#span;
  }

  /** Goes with the text when the document changes. */
  follow(changes: readonly TextChange[]): void {
    if (!this.#span) return;
    this.#span = movedSpan(this.#span, changes);
    if (this.#span) this.thread.range = rangeOf(this.document, this.#span);
  }

  /** Whether the document has what the model said: where it has the text alone, there is nothing to replace. */
  get hasAnswer(): boolean {
    return this.output.wrong !== '';
  }

  /** Shows what a classifier says of the text; its label is chosen, and not written. */
  showLabels(said: Classification): void {
    this.#said = said;
    this.thread.contextValue = 'choosing';
    this.thread.canReply = false;
    this.thread.comments = this.#question;
  }

  /** Shows what was tried in vain, and leaves the reply open for another try. */
  showAttempt(what: string): void {
    this.thread.comments = [...this.#question, attemptComment(this.target, what)];
  }

  /** Shows what the edit has done, in place of what was asked: it has to be seen without scrolling. Nothing is left to reply to. */
  showResult({ result, classes }: EditMade): void {
    this.edit = result.edit;
    // A label by its name, whatever it was called.
    if (classes) this.target = result.after;
    this.thread.label = vscode.l10n.t('Corrected by edit {0}.', result.edit);
    this.thread.comments = [resultComment(result, classes)];
    this.thread.contextValue = this.hasAnswer ? 'applied' : 'replaced';
    this.thread.canReply = false;
    this.thread.state = vscode.CommentThreadState.Resolved;
  }

  /** Puts the target in the place of the wrong text, as one step of undo; false when the wrong text is not there any more. */
  async replace(): Promise<boolean> {
    if (!this.#span) return false;
    const { start } = this.#span;
    const text = withLineEnds(this.document, write(this.target, this.output.notation));
    const edit = new vscode.WorkspaceEdit();
    edit.replace(this.document.uri, rangeOf(this.document, this.#span), text);
    if (!(await vscode.workspace.applyEdit(edit))) return false;
    this.#span = { start, end: start + text.length };
    this.thread.range = rangeOf(this.document, this.#span);
    this.thread.contextValue = 'replaced';
    return true;
  }

  get #question(): readonly vscode.Comment[] {
    return questionComments(this.output, this.#said);
  }

  dispose(): void {
    this.thread.dispose();
  }
}
