import * as vscode from 'vscode';

import type { CudaProgress } from '../../protocol/cuda.ts';
import { duringCancellable } from '../codebook/long-work.ts';
import { callOptions } from '../engine/watch.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';

/** CUDA's libraries, which come by a download that the person starts and agrees to, and go the same way. */
export class CudaCommands implements vscode.Disposable {
  readonly #session: Session;
  readonly #notifier: Notifier;
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(session: Session, notifier: Notifier) {
    this.#session = session;
    this.#notifier = notifier;
    this.#subscriptions = [
      notifier.command('grace.downloadCuda', () => this.#download()),
      notifier.command('grace.removeCuda', () => this.#remove()),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #download(): Promise<void> {
    const { bytes, host, folder } = await this.#session.engine.start().cudaOffer(null);
    const download = vscode.l10n.t('Download');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t('Download {0} from {1}?', megabytes(bytes), host),
      {
        modal: true,
        detail: vscode.l10n.t(
          "These are ONNX Runtime's libraries for CUDA 12. They are kept in {0}, and need CUDA 12 and cuDNN 9 on this machine.",
          folder,
        ),
      },
      download,
    );
    if (chosen !== download) return;
    await duringCancellable(vscode.l10n.t("Downloading CUDA's libraries"), (signal, report) =>
      this.#session.engine.start().downloadCuda(
        null,
        callOptions<CudaProgress>({
          signal,
          onProgress: ({ done, of }) => { report(vscode.l10n.t('{0} of {1}', megabytes(done), megabytes(of)), done, of); }, // prettier-ignore
        }),
      ),
    );
    await this.#session.restart(); // the runtime is loaded once in a process
    await this.#notifier.done(vscode.l10n.t("CUDA's libraries are here."), {
      title: vscode.l10n.t('Compute with CUDA'),
      run: () =>
        vscode.workspace.getConfiguration('grace').update('model.device', 'cuda', vscode.ConfigurationTarget.Global),
    });
  }

  async #remove(): Promise<void> {
    const { bytes } = await this.#session.engine.start().removeCuda(null);
    if (bytes === 0) {
      await this.#notifier.done(vscode.l10n.t("CUDA's libraries are not on this machine."));
      return;
    }
    await this.#session.restart();
    await this.#notifier.done(vscode.l10n.t("CUDA's libraries are gone; {0} are free.", megabytes(bytes)));
  }
}

const megabytes = (bytes: number): string => vscode.l10n.t('{0} MB', Math.round(bytes / 1e6));
