import * as vscode from 'vscode';

import { CodedError, reportError } from '../../protocol/coded-error.ts';
import type { PromptPlace, PromptTest } from '../../protocol/edit-test.ts';
import { describeDecision, describeState, promptText } from '../codebook/edit-words.ts';
import { brief, forTerminal } from '../plain-text.ts';
import type { Session } from '../session.ts';
import { describePlace, type EditTestTree } from './edit-test-tree.ts';

/** Some prompts of an edit; null: all of them. */
export type Wanted = readonly PromptPlace[] | null;

const SHOWN = 80;

/** One run of tests: edit by edit, each with one call of the engine, so that other work comes in between. */
export class EditTestRun {
  readonly #session: Session;
  readonly #tree: EditTestTree;
  readonly #run: vscode.TestRun;
  readonly #signal: AbortSignal;

  constructor(session: Session, tree: EditTestTree, run: vscode.TestRun, signal: AbortSignal) {
    this.#session = session;
    this.#tree = tree;
    this.#run = run;
    this.#signal = signal;
  }

  /** Tests the edits in this order; those that are left when the signal comes are left without a result. */
  async test(wanted: ReadonlyMap<vscode.TestItem, Wanted>): Promise<void> {
    try {
      for (const [item, places] of wanted) {
        for (const place of places ?? []) this.#withPrompt(item, place, (prompt) => { this.#run.enqueued(prompt); }); // prettier-ignore
      }
      for (const [item, places] of wanted) {
        if (this.#signal.aborted) break;
        await this.#testEdit(item, places);
      }
    } finally {
      this.#run.end();
    }
  }

  async #testEdit(item: vscode.TestItem, wanted: Wanted): Promise<void> {
    const { edit, folder } = this.#tree.subjectOf(item);
    const state = this.#tree.stateOf(edit);
    if (state === 'disabled' || state === 'reverted' || state === undefined) {
      this.#skip(item, wanted, vscode.l10n.t('Edit {0} is skipped: {1}.', edit, describeState(state ?? 'reverted')));
      return;
    }
    try {
      // Opening the model may open the codebook that was used with it last.
      await this.#session.requireModel();
      if (this.#session.codebook?.head.folder !== folder) throw otherCodebook();
      if (state === 'damaged') throw damaged(edit);
      this.#tree.addPrompts(item, await this.#session.show(edit));
      const places = wanted ?? this.#placesBelow(item);
      for (const place of places) this.#withPrompt(item, place, (prompt) => { this.#run.started(prompt); }); // prettier-ignore
      const { prompts } = await this.#session.test(edit, wanted ?? undefined, this.#signal);
      for (const result of prompts) this.#withPrompt(item, result, (prompt) => { this.#tell(edit, prompt, result); }); // prettier-ignore
    } catch (error) {
      this.#fail(item, error);
    }
  }

  #tell(edit: number, item: vscode.TestItem, result: PromptTest): void {
    const { outcome, prompt, supersededBy, expected, output, decision, seconds } = result;
    const name = `${vscode.l10n.t('Edit {0}', edit)}, ${describePlace(result)}: ${brief(promptText(prompt), SHOWN)}`;
    switch (outcome) {
      case 'holds':
        this.#write(`✓ ${name}`, item);
        this.#run.passed(item, seconds * 1000);
        return;
      case 'superseded':
        this.#write(`– ${name}: ${vscode.l10n.t('not asked, edit {0} was made for it later.', supersededBy!)}`, item);
        this.#run.skipped(item);
        return;
      case 'fails': {
        const why = describeDecision(decision);
        this.#write([`✗ ${name}`, `  - ${expected}`, `  + ${output}`, `  ${why}`].join('\n'), item);
        this.#run.failed(item, failure(result, why, item.uri), seconds * 1000);
      }
    }
  }

  #skip(item: vscode.TestItem, wanted: Wanted, word: string): void {
    this.#write(`– ${word}`, item);
    const prompts = wanted ?? this.#placesBelow(item);
    for (const place of prompts) this.#withPrompt(item, place, (prompt) => { this.#run.skipped(prompt); }); // prettier-ignore
    if (!wanted) this.#run.skipped(item);
  }

  /** What ended it early is no result. */
  #fail(item: vscode.TestItem, error: unknown): void {
    const { code, message, advice } = reportError(error);
    if (code === 'cancelled' && this.#signal.aborted) return;
    const text = [message, advice].filter((sentence) => sentence !== '').join(' ');
    this.#write(`✗ ${text}`, item);
    this.#run.errored(item, new vscode.TestMessage(text));
    // Without a model, or with a lost engine, nothing else can be tested.
    if (code === 'cancelled' || code === 'connection-closed' || code.startsWith('model-')) throw error;
  }

  #placesBelow(item: vscode.TestItem): readonly PromptPlace[] {
    return [...item.children].flatMap(([, child]) => this.#tree.subjectOf(child).place ?? []);
  }

  #withPrompt(item: vscode.TestItem, place: PromptPlace, act: (prompt: vscode.TestItem) => void): void {
    const prompt = this.#tree.findPrompt(item, place);
    if (prompt) act(prompt);
  }

  #write(text: string, item: vscode.TestItem): void {
    this.#run.appendOutput(`${forTerminal(text)}\r\n`, undefined, item);
  }
}

function failure({ role, expected, output }: PromptTest, why: string, uri: vscode.Uri | undefined): vscode.TestMessage {
  const what =
    role === 'probe'
      ? vscode.l10n.t('The answer is not what it was before the edit.')
      : vscode.l10n.t('The answer is not the one of the edit.');
  const message = vscode.TestMessage.diff(`${what} ${why}`, expected.trim(), output.trim());
  if (uri) message.location = new vscode.Location(uri, new vscode.Position(0, 0));
  return message;
}

const otherCodebook = (): CodedError =>
  new CodedError(
    'codebook-mismatch',
    vscode.l10n.t('Another codebook has been opened for this model meanwhile.'),
    vscode.l10n.t('Run its tests, or open the one before again.'),
  );

const damaged = (edit: number): CodedError =>
  new CodedError('vector-damaged', vscode.l10n.t('The vectors of edit {0} cannot be read.', edit));
