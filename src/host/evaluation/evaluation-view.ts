import * as vscode from 'vscode';

import type { EvaluationPanel, EvaluationPanelParts } from './evaluation-panel.ts';

/** How VS Code calls the Evaluation page. */
export const VIEW_TYPE = 'grace.evaluation';

/** Leads to the Evaluation page, which is read when it is first asked for, not at activation. */
export class EvaluationView implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #parts: EvaluationPanelParts;
  readonly #subscriptions: readonly vscode.Disposable[];
  #panel: Promise<EvaluationPanel> | null = null;

  constructor(context: vscode.ExtensionContext, parts: EvaluationPanelParts) {
    this.#context = context;
    this.#parts = parts;
    this.#subscriptions = [
      parts.notifier.command('grace.openEvaluation', async () => {
        (await this.#load()).reveal();
      }),
      vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
        deserializeWebviewPanel: async (panel) => {
          (await this.#load()).adopt(panel);
        },
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    void this.#panel?.then((panel) => {
      panel.dispose();
    });
  }

  #load(): Promise<EvaluationPanel> {
    return (this.#panel ??= import('./evaluation-panel.ts').then(
      ({ EvaluationPanel }) => new EvaluationPanel(this.#context, this.#parts),
    ));
  }
}
