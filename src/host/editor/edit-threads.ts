import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import type { EditMade } from '../../protocol/engine-api.ts';
import type { ModelDescription } from '../../protocol/model-description.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Notifier } from '../notify.ts';
import { brief } from '../plain-text.ts';
import type { Session } from '../session.ts';
import type { EditBench } from './edit-bench.ts';
import { describeProbes } from './edit-comment.ts';
import { EditThread } from './edit-thread.ts';
import { FixedMarks } from './fixed-marks.ts';
import { rangeOf } from './document-span.ts';
import { chooseLabel } from './label-choice.ts';
import { fitToOpenModel } from './open-model-prompt.ts';
import { focusReply, leaveReply } from './reply-focus.ts';
import { fitOutput } from './transcript/fitted-output.ts';
import type { SelectedOutput } from './transcript/selected-output.ts';

/** What the comment boxes need of the rest of the extension. */
export interface EditThreadsParts {
  readonly session: Session;
  readonly notifier: Notifier;
  readonly bench: EditBench;
  readonly probes: (model: Pick<ModelDescription, 'mask'>) => readonly Prompt[];
}

/** The comment boxes in which outputs are edited where they stand. */
export class EditThreads implements vscode.Disposable {
  readonly #parts: EditThreadsParts;
  readonly #controller = vscode.comments.createCommentController('grace.edit', vscode.l10n.t('GRACE edits'));
  readonly #marks: FixedMarks;
  readonly #edited = new vscode.EventEmitter<{ readonly made: EditMade; readonly thread: EditThread }>();
  readonly #threads = new Map<vscode.CommentThread, EditThread>();
  readonly #subscriptions: readonly vscode.Disposable[];

  /** Fires when an edit was made in one of them, whether or not the model has learned it. */
  readonly onDidEdit = this.#edited.event;

  constructor(context: vscode.ExtensionContext, parts: EditThreadsParts) {
    this.#parts = parts;
    this.#marks = new FixedMarks(context);
    this.#controller.options = {
      prompt: vscode.l10n.t('What should it say?'),
      placeHolder: vscode.l10n.t('What should it say?'),
    };
    const { notifier } = parts;
    this.#subscriptions = [
      vscode.commands.registerCommand('grace.comment.apply', (reply: vscode.CommentReply) => this.#applyReply(reply)),
      notifier.command('grace.comment.openInBench', (from: vscode.CommentReply | vscode.CommentThread) =>
        this.#openInBench(from),
      ),
      notifier.command('grace.comment.chooseLabel', async (from: vscode.CommentThread) => {
        const thread = this.#threads.get(from);
        if (thread) await this.#chooseLabel(thread);
      }),
      notifier.command('grace.comment.replace', (from: vscode.CommentThread) => this.#replace(this.#threads.get(from))),
      notifier.command('grace.comment.cancel', (from: vscode.CommentReply | vscode.CommentThread) => {
        this.#close(threadOf(from));
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        for (const thread of this.#threads.values()) if (thread.document === document) thread.follow(contentChanges);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (!document.isClosed) return;
        for (const [key, thread] of this.#threads) if (thread.document === document) this.#close(key);
      }),
    ];
  }

  /** Opens a box under the wrong text, with the keyboard in its reply field; a classifier's labels are chosen from a list. */
  async ask(editor: vscode.TextEditor, output: SelectedOutput): Promise<void> {
    const thread = new EditThread(this.#controller, editor.document, output);
    this.#threads.set(thread.thread, thread);
    if (this.#parts.session.description?.kind !== 'classifier') {
      await focusReply(editor, rangeOf(editor.document, output.wrongSpan));
      return;
    }
    let isChosen = false;
    try {
      isChosen = await this.#chooseLabel(thread);
    } finally {
      // Nothing but the question stands in it yet.
      if (!isChosen) this.#close(thread.thread);
    }
  }

  dispose(): void {
    for (const subscription of [...this.#subscriptions, this.#controller, this.#edited]) subscription.dispose();
    this.#marks.dispose();
  }

  /** VS Code empties the reply field when the command ends well; what was typed must stay when the edit was not made. */
  async #applyReply({ thread: key, text }: vscode.CommentReply): Promise<void> {
    const thread = this.#threads.get(key);
    if (!thread || thread.isBusy) return;
    if (!(await this.#try(thread, text.trim()))) throw new vscode.CancellationError();
  }

  /** False when there was no answer: then the box says so, and another try can be made. */
  async #try(thread: EditThread, target: string): Promise<boolean> {
    thread.isBusy = true;
    try {
      await this.#apply(thread, target);
      return true;
    } catch (error) {
      thread.showAttempt(describeError(error));
      void this.#parts.notifier.error(error);
      return false;
    } finally {
      thread.isBusy = false;
    }
  }

  /** False when the person chooses no label. */
  async #chooseLabel(thread: EditThread): Promise<boolean> {
    const { session, notifier } = this.#parts;
    const { prompt } = await fitToOpenModel(session, notifier, (open) => fitOutput(thread.output, open));
    const said = await session.classify(prompt, true);
    thread.showLabels(said);
    const label = await chooseLabel(said);
    if (label === undefined) return false;
    if (!thread.isBusy) await this.#try(thread, label);
    return true;
  }

  async #apply(thread: EditThread, target: string): Promise<void> {
    if (target === '') throw new CodedError('bad-argument', vscode.l10n.t('Write what the model should say.'));
    thread.target = target;
    await leaveReply(thread.document);
    const made = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('Editing: “{0}”', brief(target, 40)),
        cancellable: true,
      },
      (progress, token) => this.#learn(thread, progress, token),
    );
    if (made.result.success) this.#succeed(thread, made);
    else this.#fall(thread, made);
    this.#edited.fire({ made, thread });
  }

  async #learn(
    { output, target }: EditThread,
    progress: vscode.Progress<{ message: string; increment: number }>,
    token: vscode.CancellationToken,
  ): Promise<EditMade> {
    const { session, notifier, probes } = this.#parts;
    const controller = new AbortController();
    token.onCancellationRequested(() => {
      controller.abort();
    });
    const { prompt, lead, model } = await fitToOpenModel(session, notifier, (open) => fitOutput(output, open));
    const steps = session.model?.defaults.steps ?? 100;
    return session.edit(
      { prompt, target: lead + target, rephrasings: [], probes: probes(model), ends: output.ends },
      {
        signal: controller.signal,
        onProgress: ({ step, loss }) => {
          progress.report({
            message: vscode.l10n.t('step {0}, loss {1}', step, loss.toPrecision(3)),
            increment: 100 / steps,
          });
        },
      },
    );
  }

  #succeed(thread: EditThread, made: EditMade): void {
    const { edit, after, probes } = made.result;
    thread.showResult(made);
    this.#mark(thread);
    const replace = { title: vscode.l10n.t('Replace in Document'), run: () => this.#replace(thread) };
    void this.#parts.notifier.done(
      vscode.l10n.t('Edit {0} is made. The model now says “{1}”. {2}', edit, brief(after, 80), describeProbes(probes)),
      ...(thread.hasAnswer ? [replace] : []),
    );
  }

  #fall(thread: EditThread, { result }: EditMade): void {
    const { after, steps, loss } = result;
    const reached = vscode.l10n.t(
      'After {0} steps the loss went from {1} to {2}; the model says “{3}”, not yet what it should.',
      ...[steps, (loss[0] ?? 0).toPrecision(3), (loss.at(-1) ?? 0).toPrecision(3), brief(after, 80)],
    );
    thread.showAttempt(reached);
    void this.#parts.notifier.warn(reached, {
      title: vscode.l10n.t('Open in Edit Bench'),
      run: () => this.#showInBench(thread),
    });
  }

  async #replace(thread: EditThread | undefined): Promise<void> {
    if (!thread) return;
    if (!(await thread.replace())) {
      throw new CodedError('bad-argument', vscode.l10n.t('The text has been changed since; nothing was replaced.'));
    }
    this.#mark(thread);
  }

  #mark({ document, span, edit }: EditThread): void {
    if (span && edit !== null) this.#marks.mark(document, span, edit);
  }

  async #openInBench(from: vscode.CommentReply | vscode.CommentThread): Promise<void> {
    const thread = this.#threads.get(threadOf(from));
    if (!thread) return;
    if ('text' in from) thread.target = from.text.trim();
    await this.#showInBench(thread);
  }

  async #showInBench({ output, target }: EditThread): Promise<void> {
    const { session, notifier, bench } = this.#parts;
    const { prompt, lead, model } = await fitToOpenModel(session, notifier, (open) => fitOutput(output, open));
    const { wrong, ends } = output;
    if (model.kind === 'encoder-decoder') await bench.showDraft({ prompt, lead, wrong, target, ends });
    else await bench.showDraft({ prompt, wrong: lead + wrong, target: target === '' ? '' : lead + target, ends });
  }

  #close(key: vscode.CommentThread): void {
    this.#threads.get(key)?.dispose();
    this.#threads.delete(key);
  }
}

const threadOf = (from: vscode.CommentReply | vscode.CommentThread): vscode.CommentThread =>
  'thread' in from ? from.thread : from;

function describeError(error: unknown): string {
  const code = error instanceof CodedError ? error.code : undefined;
  if (code === 'cancelled') return vscode.l10n.t('Cancelled; the codebook is as it was.');
  // It is written before its effect is measured.
  if (code === 'connection-closed')
    return vscode.l10n.t('The engine ended before it answered; the codebook shows whether the edit was made.');
  return vscode.l10n.t('It was not applied; the codebook is as it was.');
}
