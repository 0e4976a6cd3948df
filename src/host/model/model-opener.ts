import path from 'node:path';
import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import type { OpenModel, OpenParams } from '../../protocol/engine-api.ts';
import { calibrateRouter } from '../calibration/calibrate-router.ts';
import { isCodebook, type CodebookLocator } from '../codebook/codebook-locator.ts';
import type { Session } from '../session.ts';
import { settings } from '../settings.ts';
import type { ModelChooser } from './model-chooser.ts';
import type { RecentModels } from './recent-models.ts';

/** Opens models: with the codebook that belongs to them, and remembered for the next time. */
export class ModelOpener {
  /** Whole path of the model that comes with the extension. */
  readonly demo: string;
  readonly #chooser: ModelChooser;
  readonly #recent: RecentModels;
  readonly #locator: CodebookLocator;

  constructor(demo: string, chooser: ModelChooser, recent: RecentModels, locator: CodebookLocator) {
    this.demo = demo;
    this.#chooser = chooser;
    this.#recent = recent;
    this.#locator = locator;
  }

  /** What to open when a command needs a model and none is open: the one of the settings, the last one, or one is chosen. */
  async find(): Promise<OpenParams | undefined> {
    const known = this.configured ?? (vscode.workspace.isTrusted ? this.#recent.paths[0] : undefined);
    const model = known ?? (await this.#chooser.choose(this.#configuredLate));
    return model === undefined ? undefined : this.params(model);
  }

  /** Fires when the settings come to name a model: VS Code may read those of a server after it has run the first command. */
  readonly #configuredLate: vscode.Event<string> = (listener) =>
    vscode.workspace.onDidChangeConfiguration(() => {
      if (this.configured !== undefined) listener(this.configured);
    });

  /** The model that the settings name; undefined when they name none, or the workspace is not trusted. */
  get configured(): string | undefined {
    return vscode.workspace.isTrusted ? settings().modelPath || undefined : undefined;
  }

  /** The person chooses a model, and it is opened; undefined when none was chosen. */
  async choose(session: Session): Promise<OpenModel | undefined> {
    const model = await this.#chooser.choose();
    return model === undefined ? undefined : this.open(session, model);
  }

  async open(session: Session, model: string): Promise<OpenModel> {
    const title = vscode.l10n.t('Opening {0}', this.nameOf(model));
    const opened = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
      this.#openWithSomeCodebook(session, this.params(model)),
    );
    await this.#recent.add(model);
    if (opened.codebook) this.#locator.remember(opened.codebook.head.folder, opened.description.name);
    return opened;
  }

  /** Opens the model again at another module, with the codebook for it, once the person agrees. */
  async chooseHook(session: Session, hook: string): Promise<void> {
    const { model, hook: current } = await session.requireModel();
    if (hook === current.replace) return;
    const codebook = this.#locator.defaultFolder(this.nameOf(model), hook);
    const change = vscode.l10n.t('Use It');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t('Edits at {0} go to a codebook of their own: {1}.', hook, path.basename(codebook)),
      {
        modal: true,
        detail: vscode.l10n.t('The edits at {0} stay in theirs, and do not act meanwhile.', current.replace),
      },
      change,
    );
    if (chosen === change) await session.useCodebook(codebook, hook);
  }

  params(model: string): OpenParams {
    const { device, precision, edits } = settings();
    const name = this.nameOf(model);
    const codebook = this.#locator.defaultFolder(name);
    // A codebook that is there says itself where it is edited.
    const chosen = isCodebook(codebook) ? undefined : edits[name];
    return { model, device, precision, codebook, hook: chosen?.hook, radius: chosen?.radius };
  }

  /** Two models can have one name: where the codebook of that name is another model's, a new one can be made beside it. */
  async #openWithSomeCodebook(session: Session, params: OpenParams): Promise<OpenModel> {
    try {
      return await session.open(params);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (error.code === 'not-calibrated') return this.#openCalibrated(session, params, error);
      if (error.code !== 'codebook-mismatch') throw error;
      const codebook = this.#locator.unusedFolder(this.nameOf(params.model));
      const make = vscode.l10n.t('Make {0}', path.basename(codebook));
      const options = { modal: true, detail: error.message };
      const question = vscode.l10n.t('The codebook {0} is not for this model.', path.basename(params.codebook ?? ''));
      if ((await vscode.window.showWarningMessage(question, options, make)) !== make) throw error;
      return session.open({ ...params, codebook });
    }
  }

  /** A codebook of the two-part router, perhaps from another machine, needs the model calibrated on this one. */
  async #openCalibrated(session: Session, params: OpenParams, error: CodedError): Promise<OpenModel> {
    const calibrate = vscode.l10n.t('Calibrate');
    const name = this.nameOf(params.model);
    const detail = vscode.l10n.t('That takes a few minutes for a small model, once on each machine.');
    const question = vscode.l10n.t('The two-part router decides in the codebook {0}, and {1} is not calibrated for it here.', path.basename(params.codebook ?? ''), name); // prettier-ignore
    const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail }, calibrate);
    if (chosen !== calibrate) throw error;
    await calibrateRouter(session, name, false, params);
    return session.open(params);
  }

  /** A model's name for people: a snapshot in the Hugging Face cache is named by its repository, not by its revision. */
  nameOf(model: string): string {
    const repository = /models--([^/\\]+)[/\\]snapshots[/\\]/.exec(model)?.[1];
    return repository ? repository.split('--').at(-1)! : path.basename(model, '.gguf');
  }
}
