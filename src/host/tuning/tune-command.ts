import path from 'node:path';
import * as vscode from 'vscode';

import type { TuningCell } from '../../protocol/tuning.ts';
import { baseName, type CodebookLocator } from '../codebook/codebook-locator.ts';
import { figure } from '../codebook/edit-words.ts';
import { fileOf, startFolder } from '../codebook/exchange-commands.ts';
import { during, duringCancellable } from '../codebook/long-work.ts';
import type { ReportDocuments } from '../codebook/report-documents.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import { saveEditSetting } from '../settings.ts';
import { showTuningPicture } from './tuning-picture.ts';
import { predicted, tuningReport } from './tuning-report.ts';

export interface TuneCommandParts {
  readonly session: Session;
  readonly locator: CodebookLocator;
  readonly reports: ReportDocuments;
  readonly notifier: Notifier;
}

/** Measures which module and radius suit the open model, shows what came out, and applies it when the person says so. */
export class TuneCommand implements vscode.Disposable {
  readonly #parts: TuneCommandParts;
  readonly #subscription: vscode.Disposable;

  constructor(parts: TuneCommandParts) {
    this.#parts = parts;
    this.#subscription = parts.notifier.command('grace.tune', () => this.#run());
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #run(): Promise<void> {
    const { session, reports, notifier } = this.#parts;
    const source = await this.#chooseEdits();
    if (!source) return;
    const { model, description } = await session.requireModel();
    const title = vscode.l10n.t('Measuring edit settings for {0}', description.name);
    const tuning = await duringCancellable(title, (signal, report) =>
      session.tune(source.file, {
        signal,
        onProgress: ({ done, of }) => { report(vscode.l10n.t('{0} %', Math.floor((100 * done) / of)), done, of); }, // prettier-ignore
      }),
    );
    await reports.show(vscode.l10n.t('Edit Settings'), tuningReport(tuning, source.file));
    showTuningPicture(tuning);
    const { proposed } = tuning;
    const sentence = vscode.l10n.t('Edit at {0} with radius {1}: {2}', proposed.hook, figure(proposed.radius), predicted(proposed)); // prettier-ignore
    await notifier.done(sentence, { title: vscode.l10n.t('Apply'), run: () => this.#apply(baseName(description.name), model, proposed) }); // prettier-ignore
  }

  /** Undefined when the person chooses none. */
  async #chooseEdits(): Promise<{ readonly file?: string } | undefined> {
    const ours = { label: vscode.l10n.t('Edits that come with the extension'), own: false };
    const own = {
      label: vscode.l10n.t('Edits of your own…'),
      detail: vscode.l10n.t(
        'A JSONL file as for Edit from JSONL, with rephrasings: they show how far an edit carries.',
      ),
      own: true,
    };
    const chosen = await vscode.window.showQuickPick([ours, own], {
      title: vscode.l10n.t('Measure Edit Settings'),
      placeHolder: vscode.l10n.t('Which edits are tried? Nothing of them is kept.'),
    });
    if (!chosen?.own) return chosen && {};
    const files = await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Measure Edit Settings'),
      filters: { JSONL: ['jsonl', 'ndjson'] },
      defaultUri: vscode.Uri.file(startFolder()),
    });
    return files?.[0] && { file: fileOf(files[0]) };
  }

  /** New codebooks of the model are made with it from now on; one is made and opened at once. */
  async #apply(name: string, model: string, { hook, radius }: TuningCell): Promise<void> {
    const { session, locator, notifier } = this.#parts;
    await saveEditSetting(name, { hook, radius });
    // Another model may have been opened since.
    if (session.model?.model !== model) {
      await notifier.done(vscode.l10n.t('New codebooks for {0} are made with it.', name));
      return;
    }
    const folder = locator.unusedFolder(name);
    await during(vscode.l10n.t('Creating {0}', path.basename(folder)), () => session.useCodebook(folder, hook, radius));
    await notifier.done(
      vscode.l10n.t('The codebook {0} is made with it and open; so are new ones for {1}.', path.basename(folder), name),
    );
  }
}
