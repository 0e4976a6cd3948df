import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import { NO_DECISION, type Decision } from '../../protocol/decision.ts';
import type { GenerateParams, GenerateProgress } from '../../protocol/engine-api.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import { settings } from '../settings.ts';
import { DocumentWriter } from './document-writer.ts';
import type { GeneratedText } from './generated-text.ts';
import type { OutputReader } from './output-reader.ts';
import { promptForOpenModel } from './open-model-prompt.ts';
import { TokenStream } from './token-stream.ts';
import type { ContinuedOutput } from './transcript/continued-output.ts';

/** What continuing needs of the rest of the extension. */
export interface ContinuationParts {
  readonly session: Session;
  readonly notifier: Notifier;
  readonly reader: OutputReader;
  readonly generated: GeneratedText;
}

/** Lets the model go on at the cursor of any text editor. */
export class Continuation implements vscode.Disposable {
  readonly #parts: ContinuationParts;
  readonly #commands: readonly vscode.Disposable[];
  #running: AbortController | null = null;

  constructor(parts: ContinuationParts) {
    this.#parts = parts;
    this.#commands = [
      parts.notifier.command('grace.continueHere', () => this.#continue()),
      parts.notifier.command('grace.stopGenerating', () => {
        this.#running?.abort();
      }),
    ];
  }

  dispose(): void {
    this.#running?.abort();
    for (const command of this.#commands) command.dispose();
  }

  async #continue(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!editor || this.#running) throw editor ? alreadyRunning() : noEditor();
    const { document } = editor;
    const offset = document.offsetAt(editor.selection.end);
    const place = await this.#parts.reader.continued(editor, offset);
    if (!place) return;
    const title = vscode.l10n.t('Continuing (Escape stops it)');
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      (_, token) => this.#run(new DocumentWriter(document, offset), document, place, token),
    );
  }

  async #run(
    writer: DocumentWriter,
    document: vscode.TextDocument,
    place: ContinuedOutput,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const controller = new AbortController();
    const stop = (): void => {
      controller.abort();
    };
    this.#setRunning(controller);
    const subscriptions = [token.onCancellationRequested(stop), writer.onDidLose(stop)];
    const stream = new TokenStream(writer, document, place);
    try {
      const decision = await this.#generate(place, stream, controller.signal);
      const tokens = await stream.end();
      if (stream.isUntouched()) this.#parts.generated.add(document, writer.span.start, tokens, decision);
    } finally {
      await stream.end();
      for (const subscription of [...subscriptions, writer]) subscription.dispose();
      this.#setRunning(null);
    }
  }

  async #generate(place: ContinuedOutput, stream: TokenStream, signal: AbortSignal): Promise<Decision> {
    const { session, notifier } = this.#parts;
    const prompt = await promptForOpenModel(session, notifier, place.prompt);
    let decision = NO_DECISION;
    const onProgress = (progress: GenerateProgress): void => {
      if (progress.kind === 'decision') decision = progress.decision;
      else stream.add(progress.token);
    };
    try {
      const { text } = await session.generate(paramsFor(prompt), { signal, onProgress });
      if (text === '' && !signal.aborted) void notifier.done(vscode.l10n.t('The model has nothing to add.'));
    } catch (error) {
      // What was said until then stays.
      if (!signal.aborted) throw error;
    }
    return decision;
  }

  #setRunning(controller: AbortController | null): void {
    this.#running = controller;
    void vscode.commands.executeCommand('setContext', 'grace.generating', controller !== null);
  }
}

function paramsFor(prompt: Prompt): GenerateParams {
  const { maxTokens, temperature } = settings();
  const seed = Math.floor(Math.random() * 2 ** 31);
  const sampling = { temperature, topK: 0, topP: 1, repetitionPenalty: 1, seed };
  return { prompt, maxTokens, sampling, stop: [], edits: true };
}

const alreadyRunning = (): CodedError =>
  new CodedError(
    'bad-argument',
    vscode.l10n.t('The model is still writing.'),
    vscode.l10n.t('Stop it first with Escape.'),
  );

const noEditor = (): CodedError =>
  new CodedError('bad-argument', vscode.l10n.t('Open a text and put the cursor where the model is to go on.'));
