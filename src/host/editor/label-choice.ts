import * as vscode from 'vscode';

import type { Classification } from '../../protocol/classification.ts';
import { percent } from '../codebook/edit-words.ts';
import { withoutIcons } from '../plain-text.ts';

interface LabelItem extends vscode.QuickPickItem {
  readonly name: string;
}

/** Asks which label a text should have, the most likely first; undefined when the person turns away. */
export async function chooseLabel({ classes }: Classification): Promise<string | undefined> {
  const items = classes.map(({ label, logprob }, at): LabelItem => {
    const probability = percent(logprob);
    const description = at === 0 ? vscode.l10n.t('{0}, what the model says now', probability) : probability;
    return { name: label, label: withoutIcons(label), description };
  });
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Which label should it have?'),
    placeHolder: vscode.l10n.t('Filter {0} labels', classes.length),
    ignoreFocusOut: true,
  });
  return chosen?.name;
}
