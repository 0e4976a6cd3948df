import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import type { EditMade } from '../../protocol/engine-api.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import { Continuation } from './continuation.ts';
import { rangeOf, spanOf } from './document-span.ts';
import type { EditBench } from './edit-bench.ts';
import type { EditThread } from './edit-thread.ts';
import { EditThreads, type EditThreadsParts } from './edit-threads.ts';
import type { Flag } from './flag.ts';
import { FlagActions } from './flag-actions.ts';
import { flagRange, FlagStore } from './flag-store.ts';
import { GeneratedHover } from './generated-hover.ts';
import { GeneratedText } from './generated-text.ts';
import { draftFromNotebook, hasOutput } from './notebook-output.ts';
import { OutputReader } from './output-reader.ts';
import { meets, trimmed } from './transcript/span.ts';

/** Editing a model's output where it stands, in any text editor: edit, continue, flag. */
export class EditorIntegration implements vscode.Disposable {
  readonly flags: FlagStore;
  /** Fires when an edit was made from an editor. */
  readonly onDidEdit: vscode.Event<EditMade>;
  readonly #session: Session;
  readonly #bench: EditBench;
  readonly #reader = new OutputReader();
  readonly #threads: EditThreads;
  readonly #edited = new vscode.EventEmitter<EditMade>();
  readonly #subscriptions: readonly Pick<vscode.Disposable, 'dispose'>[];

  constructor(
    context: vscode.ExtensionContext,
    session: Session,
    notifier: Notifier,
    bench: EditBench,
    probes: EditThreadsParts['probes'],
  ) {
    this.flags = new FlagStore(context.workspaceState);
    this.onDidEdit = this.#edited.event;
    this.#session = session;
    this.#bench = bench;
    this.#threads = new EditThreads(context, { session, notifier, bench, probes });
    const generated = new GeneratedText();
    this.#subscriptions = [
      ...[this.flags, this.#reader, this.#threads, this.#edited, generated],
      new Continuation({ session, notifier, reader: this.#reader, generated }),
      this.#threads.onDidEdit(({ made, thread }) => {
        if (made.result.success) this.#dismissFlags(thread);
        this.#edited.fire(made);
      }),
      notifier.command('grace.editSelection', (argument: unknown) => this.#edit(argument)),
      notifier.command('grace.flagSelection', () => {
        this.#flag();
      }),
      notifier.command('grace.dismissFlag', (flag: Flag) => {
        this.flags.dismiss(flag);
      }),
      vscode.languages.registerHoverProvider('*', new GeneratedHover(generated)),
      vscode.languages.registerCodeActionsProvider('*', new FlagActions(this.flags), {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** From a quick fix, the argument is the flag; menus give the document's address. */
  async #edit(argument: unknown): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (isFlag(argument)) return this.#editFlag(argument);
    if (editor && !editor.selection.isEmpty) return this.#editRange(editor, editor.selection);
    const notebook = vscode.window.activeNotebookEditor;
    if (notebook && hasOutput(notebook)) return this.#editNotebook(notebook);
    const flag = this.#nearestFlag(editor);
    if (!flag) throw nothingSelected();
    return this.#editFlag(flag);
  }

  async #editRange(editor: vscode.TextEditor, range: vscode.Range): Promise<void> {
    const output = await this.#reader.selected(editor, range, this.#session.description);
    if (output) await this.#threads.ask(editor, output);
  }

  async #editFlag(flag: Flag): Promise<void> {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(flag.uri));
    const editor = await vscode.window.showTextDocument(document);
    // Opening it may have found the flag elsewhere than it was seen last, or not at all.
    const found = this.flags.of(document.uri).find((other) => other.text === flag.text);
    if (!found) throw new CodedError('bad-argument', vscode.l10n.t('The flagged text is not there any more.'));
    await this.#editRange(editor, flagRange(found));
  }

  async #editNotebook(notebook: vscode.NotebookEditor): Promise<void> {
    const draft = await draftFromNotebook(notebook);
    if (draft) await this.#bench.showDraft(draft);
  }

  /** The flag at the cursor; without an editor, as in the walkthrough, one that can be seen, or any. */
  #nearestFlag(editor: vscode.TextEditor | undefined): Flag | undefined {
    if (editor) {
      const flags = this.flags.of(editor.document.uri);
      return flags.find((flag) => flagRange(flag).contains(editor.selection.active)) ?? flags[0];
    }
    const visible = vscode.window.visibleTextEditors.flatMap(({ document }) => this.flags.of(document.uri));
    return visible[0] ?? this.flags.all()[0];
  }

  #flag(): void {
    const editor = vscode.window.activeTextEditor;
    if (!editor) throw nothingSelected();
    const { document, selection } = editor;
    const span = trimmed(document.getText(), spanOf(document, selection));
    if (span.start === span.end) throw nothingSelected();
    this.flags.flag(document.uri, rangeOf(document, span));
  }

  #dismissFlags({ document, span }: EditThread): void {
    if (!span) return;
    for (const flag of this.flags.of(document.uri)) if (meets(flag, span)) this.flags.dismiss(flag);
  }
}

function isFlag(argument: unknown): argument is Flag {
  return typeof argument === 'object' && argument !== null && 'text' in argument && 'message' in argument;
}

const nothingSelected = (): CodedError =>
  new CodedError(
    'bad-argument',
    vscode.l10n.t('Nothing is selected.'),
    vscode.l10n.t('Select what the model got wrong, in any text, and choose this again.'),
  );
