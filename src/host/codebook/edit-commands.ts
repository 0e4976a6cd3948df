import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import type { EditItem } from '../../protocol/codebook-snapshot.ts';
import type { EditTest } from '../../protocol/edit-test.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Notifier } from '../notify.ts';
import { fenced } from '../plain-text.ts';
import type { Session } from '../session.ts';
import type { CodebookNode } from './codebook-shape.ts';
import type { EditDocuments } from './edit-documents.ts';
import type { EditSwitcher } from './edit-switcher.ts';
import { describeDecision, describeEdits, figure, promptText } from './edit-words.ts';
import type { ExchangeCommands } from './exchange-commands.ts';
import { duringCancellable } from './long-work.ts';
import type { PendingReverts } from './pending-reverts.ts';
import type { ReportDocuments, ReportLine } from './report-documents.ts';
import { askStrictness } from './strictness-picker.ts';
import { isEnabled, type ShownEdits } from './shown-edits.ts';

/** What a command of a row is given: by a click the edit's number, by a menu the row and all that are selected. */
export type EditArguments = readonly [target?: CodebookNode | number, selected?: readonly CodebookNode[]];

export interface EditCommandParts {
  readonly session: Session;
  readonly shown: ShownEdits;
  readonly switcher: EditSwitcher;
  readonly reverts: PendingReverts;
  readonly documents: EditDocuments;
  readonly reports: ReportDocuments;
  readonly exchange: ExchangeCommands;
  readonly notifier: Notifier;
  readonly view: { readonly selection: readonly CodebookNode[]; readonly focused: CodebookNode | undefined };
  readonly bench: { showPrompt(prompt: Prompt): Promise<void> };
}

/** The commands of the rows: of one edit, or of all that are selected. */
export class EditCommands implements vscode.Disposable {
  readonly #parts: EditCommandParts;
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(parts: EditCommandParts) {
    this.#parts = parts;
    const commands: Readonly<Record<string, (edits: readonly number[]) => unknown>> = {
      show: ([edit]) => parts.documents.show(edit!),
      test: (edits) => this.#test(edits),
      tryInBench: ([edit]) => this.#tryInBench(edit!),
      rename: ([edit]) => this.#rename(this.#item(edit!)),
      annotate: (edits) => this.#annotate(edits),
      radius: ([edit]) => this.#changeRadius(this.#item(edit!)),
      strictness: ([edit]) => this.#changeStrictness(this.#item(edit!)),
      copyJson: (edits) => this.#copy(edits),
      export: (edits) => parts.exchange.exportEdits(edits),
      enable: (edits) => parts.switcher.switch('enable', edits),
      disable: (edits) => parts.switcher.switch('disable', edits),
      revert: (edits) => parts.reverts.revert(edits),
    };
    this.#subscriptions = [
      ...Object.entries(commands).map(([name, run]) =>
        parts.notifier.command(`grace.edit.${name}`, (...given: EditArguments) => run(this.#targets(given))),
      ),
      parts.notifier.command('grace.edit.toggle', () => this.#toggle()),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** Each edit once; the selected ones when a command is called by a key. */
  #targets([target, selected]: EditArguments): readonly number[] {
    if (typeof target === 'number') return [this.#item(target).edit];
    const nodes = selected && selected.length > 0 ? selected : target ? [target] : this.#parts.view.selection;
    const edits = new Set(nodes.flatMap((node) => (node.kind === 'edit' ? [node.edit] : [])));
    if (edits.size === 0) throw new CodedError('bad-argument', vscode.l10n.t('Select an edit in the codebook first.'));
    return [...edits];
  }

  #item(edit: number): EditItem {
    const item = this.#parts.shown.get(edit);
    if (item) return item;
    throw new CodedError('edit-unknown', vscode.l10n.t('There is no edit {0} in the open codebook.', edit));
  }

  /** Does for the row with the focus what a click on its box does, and for a group what the key does elsewhere. */
  async #toggle(): Promise<void> {
    const { shown, switcher, view } = this.#parts;
    const node = view.focused;
    if (node?.kind !== 'edit') {
      await vscode.commands.executeCommand('list.toggleExpand');
      return;
    }
    const item = shown.get(node.edit);
    if (item && item.state !== 'damaged') await switcher.switch(isEnabled(item) ? 'disable' : 'enable', [node.edit]);
  }

  async #tryInBench(edit: number): Promise<void> {
    const { prompt } = await this.#parts.session.show(edit);
    await this.#parts.bench.showPrompt(prompt);
  }

  async #rename({ edit, title, prompt }: EditItem): Promise<void> {
    const given = await vscode.window.showInputBox({
      title: vscode.l10n.t('Name of edit {0}', edit),
      prompt: vscode.l10n.t('Empty: its prompt is shown.'),
      placeHolder: prompt,
      value: title,
    });
    if (given !== undefined) await this.#parts.session.annotate({ edit, title: given.trim() });
  }

  /** One edit: its note and its tags. Several: tags that are added to all. */
  async #annotate(edits: readonly number[]): Promise<void> {
    const { session, shown } = this.#parts;
    const [edit] = edits;
    if (edits.length === 1) {
      const { note, tags } = await session.show(edit!);
      const noteGiven = await vscode.window.showInputBox({
        title: vscode.l10n.t('Note on edit {0}', edit!),
        value: note,
      });
      const tagsGiven =
        noteGiven === undefined ? undefined : await askTags(vscode.l10n.t('Tags of edit {0}', edit!), tags);
      if (tagsGiven) await session.annotate({ edit: edit!, note: noteGiven, tags: tagsGiven });
      return;
    }
    const added = await askTags(vscode.l10n.t('Tags to add to {0} edits', edits.length), []);
    for (const each of added ? edits : []) {
      const tags = new Set([...(shown.get(each)?.tags ?? []), ...added!]);
      await session.annotate({ edit: each, tags: [...tags] });
    }
  }

  async #changeRadius({ edit, radius }: EditItem): Promise<void> {
    const measured = this.#parts.shown.head?.radius ?? 0;
    const given = await vscode.window.showInputBox({
      title: vscode.l10n.t('Radius of edit {0}', edit),
      prompt: vscode.l10n.t(
        'How far from its prompt the edit reaches; {0} was measured for this model.',
        figure(measured),
      ),
      value: String(radius),
      validateInput: (text) =>
        isRadius(text) ? undefined : vscode.l10n.t('Give a number above 0, such as {0}.', measured),
    });
    if (given !== undefined) await this.#parts.session.setRadius(edit, Number(given));
  }

  async #changeStrictness(item: EditItem): Promise<void> {
    const { session } = this.#parts;
    const radius = await askStrictness(item, session.model?.router.calibrated ?? []);
    if (radius !== undefined) await session.setRadius(item.edit, radius);
  }

  async #copy(edits: readonly number[]): Promise<void> {
    const details = await Promise.all(edits.map((edit) => this.#parts.session.show(edit)));
    const json = JSON.stringify(details.length === 1 ? details[0] : details, null, 2);
    await vscode.env.clipboard.writeText(json);
    await this.#parts.notifier.done(vscode.l10n.t('{0}: copied as JSON.', describeEdits(edits)));
  }

  async #test(edits: readonly number[]): Promise<void> {
    const tests = await duringCancellable(vscode.l10n.t('Testing'), async (signal, report) => {
      const done: EditTest[] = [];
      for (const edit of edits) {
        if (signal.aborted) break;
        report(vscode.l10n.t('{0} of {1}', done.length + 1, edits.length), done.length, edits.length);
        done.push(await this.#parts.session.test(edit));
      }
      return done;
    });
    if (tests.length > 0) await this.#tell(tests);
  }

  async #tell(tests: readonly EditTest[]): Promise<void> {
    const { notifier, reports } = this.#parts;
    const failed = tests.filter(({ prompts }) => prompts.some(({ outcome }) => outcome === 'fails'));
    const edits = describeEdits(tests.map(({ edit }) => edit));
    const asked = tests.flatMap((test) => test.prompts).filter(({ outcome }) => outcome !== 'superseded');
    const held = asked.filter(({ outcome }) => outcome === 'holds').length;
    const count = vscode.l10n.t('{0} of {1} prompts answer as they should.', held, asked.length);
    if (failed.length === 0) {
      await notifier.done(`${edits}: ${count}`);
      return;
    }
    await reports.show(vscode.l10n.t('Test'), [{ text: `# ${edits}: ${count}` }, ...failed.flatMap(testLines)]);
    await notifier.warn(`${edits}: ${count}`);
  }
}

function testLines({ edit, prompts }: EditTest): readonly ReportLine[] {
  return prompts
    .filter(({ outcome }) => outcome === 'fails')
    .flatMap(({ prompt, expected, output, decision }) => [
      `\n## ${vscode.l10n.t('Edit {0}', edit)}`,
      `${vscode.l10n.t('Prompt')}\n\n${fenced(promptText(prompt))}`,
      `${vscode.l10n.t('Expected')}\n\n${fenced(expected)}`,
      `${vscode.l10n.t('The model said')}\n\n${fenced(output)}`,
      describeDecision(decision),
    ])
    .map((text) => ({ text }));
}

async function askTags(title: string, value: readonly string[]): Promise<readonly string[] | undefined> {
  const given = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Separate tags with commas.'),
    value: value.join(', '),
  });
  return given?.split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''); // prettier-ignore
}

function isRadius(text: string): boolean {
  const radius = text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(radius) && radius > 0;
}
