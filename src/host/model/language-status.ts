import * as vscode from 'vscode';

import { machineName } from '../machine.ts';
import type { Session } from '../session.ts';
import { describeRouter } from '../calibration/router-words.ts';
import { describeDevice } from './device-in-use.ts';

/** The language status item: which model, on which device and machine, how many edits are live, and whether it is busy. */
export class LanguageStatus implements vscode.Disposable {
  readonly #session: Session;
  readonly #item: vscode.LanguageStatusItem;
  readonly #subscription: vscode.Disposable;

  constructor(session: Session) {
    this.#session = session;
    this.#item = vscode.languages.createLanguageStatusItem('grace.model', '*');
    this.#item.name = 'GRACE';
    this.#item.command = { command: 'grace.modelMenu', title: vscode.l10n.t('Model menu') };
    this.#subscription = session.onDidChange(() => { this.#show(); }); // prettier-ignore
    this.#show();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }

  #show(): void {
    const { model, codebook, activity, engine } = this.#session;
    const live = codebook?.head.live ?? 0;
    const edits = live === 1 ? vscode.l10n.t('1 edit live') : vscode.l10n.t('{0} edits live', live);
    this.#item.busy = activity !== null;
    this.#item.severity =
      engine.status === 'crashed' ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    if (engine.status === 'crashed') {
      this.#item.text = vscode.l10n.t('$(error) GRACE: the engine has crashed');
      this.#item.detail = machineName();
    } else if (model) {
      this.#item.text = `$(beaker) ${model.description.name}`;
      this.#item.detail = [
        describeDevice(model.description),
        machineName(),
        edits,
        describeRouter(model.router),
        activity,
      ]
        .filter(Boolean)
        .join(' · ');
    } else {
      this.#item.text = vscode.l10n.t('$(beaker) GRACE: no model is open');
      this.#item.detail = [machineName(), activity].filter(Boolean).join(' · ');
    }
    this.#item.accessibilityInformation = {
      label: `GRACE, ${this.#item.text.replace(/\$\([^)]*\) /, '')}, ${this.#item.detail}`,
    };
  }
}
