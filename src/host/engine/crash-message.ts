import * as vscode from 'vscode';

import type { Session } from '../session.ts';
import type { EngineEnd } from './engine-process.ts';

/** Says once that the engine has crashed, and offers what helps; a second crash while the message stands adds none. */
export class CrashMessage implements vscode.Disposable {
  readonly #subscription: vscode.Disposable;
  #shown = false;

  constructor(session: Session) {
    this.#subscription = session.engine.onDidCrash((end) => { void this.#show(end); }); // prettier-ignore
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #show({ reason }: EngineEnd): Promise<void> {
    if (this.#shown) return;
    this.#shown = true;
    const [restart, log] = [vscode.l10n.t('Restart'), vscode.l10n.t('Show Log')];
    const chosen = await vscode.window.showErrorMessage(
      vscode.l10n.t('The engine has ended unexpectedly ({0}). Edits that were made are safe.', reason),
      restart,
      log,
    );
    this.#shown = false;
    if (chosen === restart) await vscode.commands.executeCommand('grace.restartEngine');
    if (chosen === log) await vscode.commands.executeCommand('grace.showLog');
  }
}
