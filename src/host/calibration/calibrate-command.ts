import path from 'node:path';
import * as vscode from 'vscode';

import type { CalibrationResult } from '../../protocol/calibration.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { OpenModel } from '../../protocol/engine-api.ts';
import { baseName, type CodebookLocator } from '../codebook/codebook-locator.ts';
import { during } from '../codebook/long-work.ts';
import type { ModelOpener } from '../model/model-opener.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import { calibrateRouter } from './calibrate-router.ts';
import { describeRates } from './router-words.ts';

export interface CalibrateCommandParts {
  readonly session: Session;
  readonly opener: Pick<ModelOpener, 'find' | 'open'>;
  readonly locator: Pick<CodebookLocator, 'unusedFolder'>;
  readonly notifier: Notifier;
}

/** Calibrates the two-part router for the open model, and leads to a codebook that uses it. */
export class CalibrateCommand implements vscode.Disposable {
  readonly #parts: CalibrateCommandParts;
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(parts: CalibrateCommandParts) {
    this.#parts = parts;
    const { session, notifier } = parts;
    this.#subscriptions = [
      notifier.command('grace.calibrate', () => this.#run()),
      session.onDidChange(() => {
        const can = session.model ? session.model.description.kind === 'causal' : session.hasModel;
        void vscode.commands.executeCommand('setContext', 'grace.canCalibrate', can);
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #run(): Promise<void> {
    const { session } = this.#parts;
    const open = await this.#openModel();
    if (!open) return;
    const { description, router } = open;
    if (description.kind !== 'causal') throw notCausal();
    const isKnown = router.missing.length === 0;
    if (isKnown && !(await asksAgain(description.name))) return;
    await this.#tell(open, await calibrateRouter(session, description.name, isKnown));
  }

  /** Undefined where opening it has calibrated it already: its codebook could not be opened without. */
  async #openModel(): Promise<OpenModel | undefined> {
    const { session, opener } = this.#parts;
    try {
      return await session.requireModel();
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'not-calibrated') throw error;
      const params = await opener.find();
      if (params) await opener.open(session, params.model);
      return undefined;
    }
  }

  async #tell({ model, description }: OpenModel, { kinds, seconds }: CalibrationResult): Promise<void> {
    const { session, notifier } = this.#parts;
    const done = vscode.l10n.t('{0} is calibrated, in {1} s.', description.name, Math.round(seconds));
    const expected = vscode.l10n.t('Expected: {0}.', describeRates(kinds[0]!.rates.balanced));
    if (session.model?.model !== model || session.codebook?.head.router === 'two-part') {
      await notifier.done(`${done} ${expected}`);
      return;
    }
    const stays = vscode.l10n.t('The open codebook keeps GRACE’s own router; new ones get the two-part router.');
    const make = { title: vscode.l10n.t('New Codebook'), run: () => this.#makeCodebook(description.name) };
    await notifier.done(`${done} ${expected} ${stays}`, make);
  }

  async #makeCodebook(model: string): Promise<void> {
    const { session, locator, notifier } = this.#parts;
    const folder = locator.unusedFolder(baseName(model));
    const name = path.basename(folder);
    await during(vscode.l10n.t('Creating {0}', name), () => session.useCodebook(folder));
    await notifier.done(vscode.l10n.t('The codebook {0} is made and open; the two-part router decides in it.', name));
  }
}

async function asksAgain(name: string): Promise<boolean> {
  const again = vscode.l10n.t('Measure Again');
  const known = vscode.l10n.t('{0} is calibrated already; every codebook of it finds that.', name);
  return (await vscode.window.showInformationMessage(known, again)) === again;
}

const notCausal = (): CodedError =>
  new CodedError(
    'model-unsupported',
    vscode.l10n.t(
      'The two-part router is there for models that go on from a text; GRACE’s own router serves this one.',
    ),
  );
