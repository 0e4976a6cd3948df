import * as vscode from 'vscode';

import type { Prompt } from '../../protocol/prompt.ts';
import type { Notifier, NotifierAction } from '../notify.ts';
import type { Session } from '../session.ts';
import { describeDecision } from './edit-words.ts';
import { during } from './long-work.ts';

export interface DecideCommandParts {
  readonly session: Session;
  readonly notifier: Notifier;
  readonly documents: { show(edit: number): Promise<void> };
  readonly bench: { showPrompt(prompt: Prompt): Promise<void> };
}

/** Says which edit fires for a prompt: the selected text, or one that is typed. */
export function registerDecideCommand({ session, notifier, documents, bench }: DecideCommandParts): vscode.Disposable {
  return notifier.command('grace.decide', async () => {
    const text = await askPrompt();
    if (text === undefined || text === '') return;
    const prompt: Prompt = { kind: 'text', text };
    await session.requireModel();
    const decision = await during(vscode.l10n.t('Deciding'), () => session.decide(prompt));
    const edit = decision.edit ?? decision.nearest?.edit;
    const show: readonly NotifierAction[] =
      edit === undefined ? [] : [{ title: vscode.l10n.t('Show Edit {0}', edit), run: () => documents.show(edit) }];
    const open = { title: vscode.l10n.t('Open in Edit Bench'), run: () => bench.showPrompt(prompt) };
    await notifier.done(describeDecision(decision), ...show, open);
  });
}

/** An input box has one line: a selection of several is taken as it is. */
async function askPrompt(): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor;
  const selected = editor?.document.getText(editor.selection) ?? '';
  if (/[\r\n]/.test(selected.trim())) return selected;
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Show Decision for Prompt'),
    prompt: vscode.l10n.t('The prompt as the model gets it.'),
    value: selected,
  });
}
