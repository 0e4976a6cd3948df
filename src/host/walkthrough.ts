import * as vscode from 'vscode';

import type { EditMade } from '../protocol/engine-api.ts';
import type { Session } from './session.ts';

/** What the walkthrough's steps wait for. */
type Step = 'hasEdited' | 'hasSwitched' | 'hasExported' | 'hasOwnModel';

export interface Milestones {
  readonly edited: readonly vscode.Event<EditMade>[];
  readonly explorer: { readonly onDidSwitch: vscode.Event<void>; readonly onDidExport: vscode.Event<void> };
  /** Whole path of the demo's model. */
  readonly demo: string;
}

/** Ticks the steps of the walkthrough when they are done, wherever that is; and keeps the contexts that menus ask for. */
export class Progress implements vscode.Disposable {
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(session: Session, { edited, explorer, demo }: Milestones) {
    this.#subscriptions = [
      ...edited.map((event) => event(() => { reach('hasEdited'); })), // prettier-ignore
      explorer.onDidSwitch(() => { reach('hasSwitched'); }), // prettier-ignore
      explorer.onDidExport(() => { reach('hasExported'); }), // prettier-ignore
      session.onDidChange(() => {
        void vscode.commands.executeCommand('setContext', 'grace.hasModel', session.hasModel);
        void vscode.commands.executeCommand('setContext', 'grace.engineRunning', session.engine.status === 'running');
        if (session.model && session.model.model !== demo) reach('hasOwnModel');
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

/** VS Code remembers which steps are done; a context that is set is enough. */
function reach(step: Step): void {
  void vscode.commands.executeCommand('setContext', `grace.${step}`, true);
}
