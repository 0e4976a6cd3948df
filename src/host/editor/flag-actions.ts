import * as vscode from 'vscode';

import type { Flag } from './flag.ts';
import { flagRange, type FlagStore } from './flag-store.ts';

/** Quick fixes of flags: edit the output, or dismiss the flag. */
export class FlagActions implements vscode.CodeActionProvider {
  readonly #flags: FlagStore;

  constructor(flags: FlagStore) {
    this.#flags = flags;
  }

  provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    return this.#flags
      .of(document.uri)
      .filter((flag) => flagRange(flag).intersection(range) !== undefined)
      .flatMap((flag) =>
        actionsOf(
          flag,
          diagnostics.filter((other) => other.range.isEqual(flagRange(flag))),
        ),
      );
  }
}

function actionsOf(flag: Flag, diagnostics: readonly vscode.Diagnostic[]): readonly vscode.CodeAction[] {
  const action = (title: string, command: string): vscode.CodeAction => {
    const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
    made.command = { title, command, arguments: [flag] };
    made.diagnostics = [...diagnostics];
    return made;
  };
  const edit = action(vscode.l10n.t('Edit this output'), 'grace.editSelection');
  edit.isPreferred = true;
  return [edit, action(vscode.l10n.t('Dismiss'), 'grace.dismissFlag')];
}
