import * as vscode from 'vscode';

import type { Session } from '../session.ts';
import { settings } from '../settings.ts';

const MINUTE = 60_000;

/** Unloads the model when it has not been used for as long as the setting says. */
export class IdleTimer implements vscode.Disposable {
  readonly #session: Session;
  readonly #subscriptions: readonly vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.#subscriptions = [
      session.onDidChange(() => { this.#restart(); }), // prettier-ignore
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('grace.engine.idleTimeout')) this.#restart();
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #restart(): void {
    clearTimeout(this.#timer);
    const { idleTimeout } = settings();
    const { engine, activity } = this.#session;
    if (idleTimeout === 0 || engine.status !== 'running' || activity !== null) return;
    this.#timer = setTimeout(() => { this.#session.unload(); }, idleTimeout * MINUTE); // prettier-ignore
  }
}
