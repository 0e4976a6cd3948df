import * as vscode from 'vscode';

import type { Session } from '../session.ts';

/** Tells VS Code's menus of which kind the open model is: `grace.modelKind`, empty without one. */
export class ModelKindContext implements vscode.Disposable {
  readonly #subscription: vscode.Disposable;
  #kind = '';

  constructor(session: Session) {
    this.#subscription = session.onDidChange(() => {
      const kind = session.description?.kind ?? '';
      if (kind === this.#kind) return;
      this.#kind = kind;
      void vscode.commands.executeCommand('setContext', 'grace.modelKind', kind);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
