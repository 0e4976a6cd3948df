import * as vscode from 'vscode';

import type { ClassProbability } from '../../protocol/classification.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import { NO_DECISION, type Decision } from '../../protocol/decision.ts';
import type { GenerateParams, GenerateProgress } from '../../protocol/engine-api.ts';
import type { GeneratedToken } from '../../protocol/generation.ts';
import type { ModelDescription } from '../../protocol/model-description.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import { settings } from '../settings.ts';
import { rangeOf } from './document-span.ts';
import { DocumentWriter } from './document-writer.ts';
import type { GeneratedText } from './generated-text.ts';
import type { OutputReader } from './output-reader.ts';
import { fitToOpenModel } from './open-model-prompt.ts';
import { TokenStream } from './token-stream.ts';
import type { ContinuedOutput } from './transcript/continued-output.ts';
import { fitPlace, type FittedPlace } from './transcript/fitted-place.ts';

/** Labels that the hover over one tells of. */
const SHOWN_LABELS = 5;

/** What continuing needs of the rest of the extension. */
export interface ContinuationParts {
  readonly session: Session;
  readonly notifier: Notifier;
  readonly reader: OutputReader;
  readonly generated: GeneratedText;
}

/** Lets the model go on, or answer, at the cursor of any text editor. */
export class Continuation implements vscode.Disposable {
  readonly #parts: ContinuationParts;
  readonly #commands: readonly vscode.Disposable[];
  #running: AbortController | null = null;

  constructor(parts: ContinuationParts) {
    this.#parts = parts;
    this.#commands = [
      ...['grace.continueHere', 'grace.answerHere'].map((name) => parts.notifier.command(name, () => this.#continue())),
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
      (_, token) => this.#run(document, offset, place, token),
    );
  }

  async #run(
    document: vscode.TextDocument,
    offset: number,
    place: ContinuedOutput,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const controller = new AbortController();
    const stop = (): void => {
      controller.abort();
    };
    this.#setRunning(controller);
    const touching = /\S$/u.test(document.getText(rangeOf(document, { start: 0, end: offset })));
    const writer = new DocumentWriter(document, offset);
    const subscriptions = [token.onCancellationRequested(stop), writer.onDidLose(stop)];
    const stream = new TokenStream(writer, document, place);
    try {
      const decision = await this.#answer(place, touching, stream, controller.signal);
      const tokens = await stream.end();
      if (stream.isUntouched()) this.#parts.generated.add(document, writer.span.start, tokens, decision);
    } finally {
      await stream.end();
      for (const subscription of [...subscriptions, writer]) subscription.dispose();
      this.#setRunning(null);
    }
  }

  async #answer(
    place: ContinuedOutput,
    touching: boolean,
    stream: TokenStream,
    signal: AbortSignal,
  ): Promise<Decision> {
    const { session, notifier } = this.#parts;
    const fit = (model: ModelDescription): FittedPlace => fitPlace(place, touching, model);
    const { prompt, canAnswer, joint, model } = await fitToOpenModel(session, notifier, fit);
    if (!canAnswer) throw alreadyAnswered();
    stream.joint = joint;
    if (model.kind !== 'classifier') return this.#generate(prompt, stream, signal);
    const { classes, decision } = await session.classify(prompt, true);
    stream.add(labelToken(classes));
    return decision;
  }

  async #generate(prompt: Prompt, stream: TokenStream, signal: AbortSignal): Promise<Decision> {
    const { session, notifier } = this.#parts;
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

/** A label as one token, with the labels that come next. */
function labelToken(classes: readonly ClassProbability[]): GeneratedToken {
  const [said, ...others] = classes.map(({ id, label, logprob }) => ({ id, text: label, logprob }));
  return { ...said!, alternatives: [said!, ...others.slice(0, SHOWN_LABELS - 1)] };
}

const alreadyAnswered = (): CodedError =>
  new CodedError(
    'bad-argument',
    vscode.l10n.t('This model answers from the beginning; it cannot go on from within an answer.'),
    vscode.l10n.t('Put the cursor behind the question, or delete what stands of the answer.'),
  );

const alreadyRunning = (): CodedError =>
  new CodedError(
    'bad-argument',
    vscode.l10n.t('The model is still writing.'),
    vscode.l10n.t('Stop it first with Escape.'),
  );

const noEditor = (): CodedError =>
  new CodedError('bad-argument', vscode.l10n.t('Open a text and put the cursor where the model is to go on.'));
