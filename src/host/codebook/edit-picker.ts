import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import type { EditItem } from '../../protocol/codebook-snapshot.ts';
import { brief, withoutIcons } from '../plain-text.ts';
import { describeState } from './edit-words.ts';

/**
 * Lets the person choose edits by number, prompt, title, target or tag; newest first.
 *
 * @throws CodedError `cancelled` when they choose none.
 */
export async function pickEdits(
  title: string,
  items: readonly EditItem[],
  picked: ReadonlySet<number> = new Set(),
): Promise<readonly number[]> {
  if (items.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('There is no edit for which that could be done.'));
    throw new CodedError('cancelled', vscode.l10n.t('There is no edit to choose.'));
  }
  const chosen = await vscode.window.showQuickPick(
    items.toReversed().map((item) => ({ ...row(item), picked: picked.has(item.edit) })),
    { title, canPickMany: true, matchOnDescription: true, matchOnDetail: true, placeHolder: vscode.l10n.t('Filter by prompt or answer') }, // prettier-ignore
  );
  if (!chosen || chosen.length === 0) throw new CodedError('cancelled', vscode.l10n.t('No edit was chosen.'));
  return chosen.map(({ edit }) => edit);
}

function row(item: EditItem): vscode.QuickPickItem & { readonly edit: number } {
  const { edit, title, prompt, target, tags, state } = item;
  return {
    edit,
    label: withoutIcons(`${edit}: ${brief(title || prompt, 80)}`),
    description: withoutIcons(`→ ${brief(target, 80)}`),
    detail: withoutIcons([describeState(state), ...(title === '' ? [] : [brief(prompt, 120)]), ...tags].join(' · ')),
  };
}
