import * as vscode from 'vscode';

import type { Demo } from '../demo/demo.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import { diagnostics } from './diagnostics.ts';
import { showModelMenu } from './model-menu.ts';
import type { ModelOpener } from './model-opener.ts';

export interface ModelCommandParts {
  readonly session: Session;
  readonly opener: ModelOpener;
  readonly demo: Demo;
  readonly bench: { show(): Promise<void> };
  readonly notifier: Notifier;
  readonly log: vscode.LogOutputChannel;
}

/** The commands that concern the model and its engine. */
export class ModelCommands implements vscode.Disposable {
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(context: vscode.ExtensionContext, { session, opener, demo, bench, notifier, log }: ModelCommandParts) {
    const { version } = context.extension.packageJSON as { readonly version: string };
    const commands: Readonly<Record<string, () => Promise<void>>> = {
      tryDemo: () => demo.run(),
      openModel: async () => {
        await opener.choose(session);
      },
      openBench: async () => {
        await bench.show();
        // Whoever has named a model in the settings opens the bench to use that one.
        if (!session.model && opener.configured !== undefined) await session.requireModel();
      },
      modelMenu: () => showModelMenu(session),
      unloadModel: async () => {
        session.unload();
        await notifier.done(vscode.l10n.t('The model is unloaded; the next use opens it again.'));
      },
      restartEngine: () => session.restart(),
      showLog: () => {
        log.show();
        return Promise.resolve();
      },
      copyDiagnostics: async () => {
        await vscode.env.clipboard.writeText(diagnostics(version, session));
        await notifier.done(vscode.l10n.t('Diagnostics are on the clipboard: versions and sizes, no content.'));
      },
      whatIsThis: async () => {
        const walkthrough = `${context.extension.id}#start`;
        await vscode.commands.executeCommand('workbench.action.openWalkthrough', walkthrough, false);
      },
    };
    this.#subscriptions = Object.entries(commands).map(([name, run]) => notifier.command(`grace.${name}`, run));
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
