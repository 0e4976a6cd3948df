import * as vscode from 'vscode';

import { describeRouter } from '../calibration/router-words.ts';
import type { Session } from '../session.ts';

interface Entry extends vscode.QuickPickItem {
  readonly command?: string;
}

/** What can be done with the model, from the status item. */
export async function showModelMenu(session: Session): Promise<void> {
  const { model, engine } = session;
  const entries: readonly Entry[] = [
    { label: vscode.l10n.t('$(beaker) Open Edit Bench'), command: 'grace.openBench' },
    { label: vscode.l10n.t('$(folder-opened) Open another model…'), command: 'grace.openModel' },
    { label: vscode.l10n.t('$(book) Choose codebook…'), command: 'grace.chooseCodebook' },
    ...(model?.description.kind === 'causal'
      ? [
          {
            label: vscode.l10n.t('$(git-compare) Calibrate router…'),
            description: describeRouter(model.router),
            command: 'grace.calibrate',
          },
        ]
      : []),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    ...(engine.status === 'running'
      ? [
          {
            label: vscode.l10n.t('$(debug-disconnect) Unload model'),
            description: vscode.l10n.t('frees its memory'),
            command: 'grace.unloadModel',
          },
        ]
      : []),
    { label: vscode.l10n.t('$(debug-restart) Restart engine'), command: 'grace.restartEngine' },
    { label: vscode.l10n.t('$(output) Show log'), command: 'grace.showLog' },
    { label: vscode.l10n.t('$(clippy) Copy diagnostics'), command: 'grace.copyDiagnostics' },
  ];
  const title = model ? model.description.name : 'GRACE';
  const chosen = await vscode.window.showQuickPick(entries, { title });
  if (chosen?.command) await vscode.commands.executeCommand(chosen.command);
}
