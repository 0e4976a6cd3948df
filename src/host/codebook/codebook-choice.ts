import path from 'node:path';
import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import type { Notifier } from '../notify.ts';
import { withoutIcons } from '../plain-text.ts';
import type { Session } from '../session.ts';
import { settings } from '../settings.ts';
import { baseName, isCodebook, safeName, type CodebookLocator, type LocatedCodebook } from './codebook-locator.ts';
import { askFolder } from './exchange-commands.ts';
import { during } from './long-work.ts';

export interface CodebookChoiceParts {
  readonly session: Session;
  readonly locator: CodebookLocator;
  readonly notifier: Notifier;
}

interface Choice extends vscode.QuickPickItem {
  readonly run?: () => Promise<void>;
}

/** Which of several codebooks is open: the person chooses one, or makes one. */
export class CodebookChoice implements vscode.Disposable {
  readonly #parts: CodebookChoiceParts;
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(parts: CodebookChoiceParts) {
    this.#parts = parts;
    this.#subscriptions = [
      parts.notifier.command('grace.chooseCodebook', () => this.#choose()),
      parts.notifier.command('grace.createCodebook', () => this.#create()),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #choose(): Promise<void> {
    const { session, locator } = this.#parts;
    const located = await locator.list();
    const title = vscode.l10n.t('Choose Codebook');
    const browse = { label: vscode.l10n.t('Browse…'), run: async () => this.#open(await askFolder(vscode.l10n.t('Open Codebook'))) }; // prettier-ignore
    const create = { label: vscode.l10n.t('Create…'), run: () => this.#create() };
    const choices: readonly Choice[] = [
      ...this.#listed(vscode.l10n.t('In this workspace'), located, 'workspace'),
      ...this.#listed(vscode.l10n.t('With the extension'), located, 'extension'),
      ...this.#listed(vscode.l10n.t('Elsewhere'), located, 'recent'),
      { label: '', kind: vscode.QuickPickItemKind.Separator },
      browse,
      ...(session.hasModel ? [create] : []),
    ];
    const chosen = await vscode.window.showQuickPick(choices, { title, matchOnDescription: true });
    await chosen?.run?.();
  }

  #listed(heading: string, located: readonly LocatedCodebook[], where: LocatedCodebook['where']): readonly Choice[] {
    const open = this.#parts.session.codebook?.head.folder;
    const choices = located
      .filter((codebook) => codebook.where === where)
      .map(({ folder, name }) => ({
        label: withoutIcons(name),
        description: withoutIcons(folder),
        ...(folder === open ? { detail: vscode.l10n.t('It is open.') } : {}),
        run: () => this.#open(folder),
      }));
    return choices.length === 0 ? [] : [{ label: heading, kind: vscode.QuickPickItemKind.Separator }, ...choices];
  }

  /** Opens a codebook with the model; if it was made for another, it can be looked at alone. */
  async #open(folder: string): Promise<void> {
    const { session } = this.#parts;
    if (!isCodebook(folder)) {
      throw new CodedError(
        'bad-argument',
        vscode.l10n.t('{0} is no codebook.', folder),
        vscode.l10n.t('Choose a folder that has codebook.json.'),
      );
    }
    try {
      await during(vscode.l10n.t('Opening {0}', path.basename(folder)), () => session.useCodebook(folder));
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'codebook-mismatch') throw error;
      await this.#openAlone(folder, error);
    }
  }

  async #openAlone(folder: string, { message }: CodedError): Promise<void> {
    const alone = vscode.l10n.t('Open It Alone');
    const detail = vscode.l10n.t('{0} Without its model, its edits can be seen, switched and exported, not tried. The open model is closed.', message); // prettier-ignore
    const question = vscode.l10n.t('{0} was made for another model.', path.basename(folder));
    const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail }, alone);
    if (chosen === alone) await this.#parts.session.openCodebook(folder);
  }

  async #create(): Promise<void> {
    const { session, locator, notifier } = this.#parts;
    const model = await session.requireModel();
    const name = await vscode.window.showInputBox({
      title: vscode.l10n.t('Create Codebook'),
      prompt: vscode.l10n.t('Its name: {0} makes its folder.', path.dirname(locator.folderOf('name'))),
      validateInput: (text) => complaint(text, locator),
    });
    if (name === undefined) return;
    const folder = locator.folderOf(name);
    // Where nothing is said, a calibrated model gets the two-part router, which has a module of its own.
    const otherwise = model.router.calibrated.length > 0 ? undefined : model.hook.replace;
    const { hook = otherwise, radius } = settings().edits[baseName(model.description.name)] ?? {};
    await during(vscode.l10n.t('Creating {0}', safeName(name)), () => session.useCodebook(folder, hook, radius));
    await notifier.done(vscode.l10n.t('The codebook {0} is made and open.', path.basename(folder)));
  }
}

function complaint(name: string, locator: CodebookLocator): string | undefined {
  if (name.trim() === '') return vscode.l10n.t('Give it a name.');
  return isCodebook(locator.folderOf(name))
    ? vscode.l10n.t('There is a codebook {0} already.', safeName(name))
    : undefined;
}
