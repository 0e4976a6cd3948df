import { randomBytes } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';

import type { EditReference, ExportFormat } from '../../protocol/evaluation-api.ts';
import type { EvaluationPageApi, ExperimentChoice } from '../../protocol/evaluation-state.ts';
import { connect, type Remote } from '../../protocol/rpc.ts';
import { benchHtml } from '../bench/bench-html.ts';
import { WebviewChannel } from '../bench/webview-channel.ts';
import type { CodebookLocator } from '../codebook/codebook-locator.ts';
import { fileOf, startFolder } from '../codebook/exchange-commands.ts';
import type { ReportDocuments } from '../codebook/report-documents.ts';
import type { Notifier } from '../notify.ts';
import { editReport } from './edit-report.ts';
import { EvaluationController } from './evaluation-controller.ts';
import type { EvaluationEngine } from './evaluation-engine.ts';
import { checked } from './evaluation-input.ts';
import { VIEW_TYPE } from './evaluation-view.ts';
import { RunShelf } from './run-shelf.ts';

const SAVED = 'grace.evaluation';

export interface EvaluationPanelParts {
  readonly engine: EvaluationEngine;
  readonly locator: CodebookLocator;
  readonly reports: ReportDocuments;
  readonly notifier: Notifier;
}

interface Shown {
  readonly panel: vscode.WebviewPanel;
  channel: WebviewChannel;
  page: Remote<EvaluationPageApi>;
}

/** The Evaluation page's panel: one for the window. What it shows, and what runs, outlives it. */
export class EvaluationPanel implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #parts: EvaluationPanelParts;
  #controller: EvaluationController | undefined;
  #shown: Shown | null = null;

  constructor(context: vscode.ExtensionContext, parts: EvaluationPanelParts) {
    this.#context = context;
    this.#parts = parts;
  }

  dispose(): void {
    this.#shown?.channel.close();
  }

  /** Shows the panel, and opens it where there is none. */
  reveal(): void {
    if (this.#shown) this.#shown.panel.reveal();
    else this.adopt(vscode.window.createWebviewPanel(VIEW_TYPE, vscode.l10n.t('Evaluation'), vscode.ViewColumn.Active));
  }

  /** Makes a panel the page's; one that was there before gives way. */
  adopt(panel: vscode.WebviewPanel): void {
    this.#shown?.panel.dispose();
    const media = vscode.Uri.joinPath(this.#context.extensionUri, 'media');
    const folder = vscode.Uri.joinPath(this.#context.extensionUri, 'dist', 'webview');
    panel.iconPath = vscode.Uri.joinPath(media, 'grace.svg');
    panel.webview.options = { enableScripts: true, enableCommandUris: false, localResourceRoots: [folder, media] };
    const shown: Shown = { panel, ...this.#connect(panel.webview) };
    this.#shown = shown;
    panel.onDidChangeViewState(() => {
      if (panel.visible) return;
      // The page is gone; the next one begins anew.
      shown.channel.close();
      Object.assign(shown, this.#connect(panel.webview));
    });
    panel.onDidDispose(() => {
      shown.channel.close();
      if (this.#shown === shown) this.#shown = null;
      if (!this.#controller?.isRunning) this.#parts.engine.stop();
    });
    const resource = (name: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    panel.webview.html = benchHtml({
      script: resource('evaluation.js'),
      style: resource('evaluation.css'),
      icons: resource('codicon.css'),
      source: panel.webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      language: vscode.env.language,
      title: vscode.l10n.t('Evaluation'),
      texts: vscode.l10n.bundle,
    });
  }

  #connect(webview: vscode.Webview): Pick<Shown, 'channel' | 'page'> {
    const channel = new WebviewChannel(webview);
    this.#controller ??= this.#control();
    return { channel, page: connect<EvaluationPageApi>(channel, checked(this.#controller.handlers)) };
  }

  #control(): EvaluationController {
    const { workspaceState } = this.#context;
    const { engine, locator } = this.#parts;
    return new EvaluationController({
      engine: engine.api,
      actions: {
        chooseExperiment: () => this.#chooseExperiment(),
        showEdit: (edit) => this.#showEdit(edit),
        exportRuns: (runs, sweep) => this.#export(runs, sweep),
      },
      store: {
        read: () => workspaceState.get(SAVED),
        write: (saved) => void workspaceState.update(SAVED, saved),
      },
      shelf: new RunShelf(() => locator.folderOf('runs')),
      shipped: this.#shipped(),
      labelOf: (file) => path.basename(file),
      // A page that is hidden is not there; it asks for everything when it comes back.
      show: (state) => {
        if (this.#shown?.panel.visible) void this.#shown.page.show(state).catch(() => undefined);
      },
      draw: (pictures) => {
        if (this.#shown?.panel.visible) void this.#shown.page.draw(pictures).catch(() => undefined);
      },
    });
  }

  /** The embedded models' experiments; the demo model's first. */
  #shipped(): readonly [ExperimentChoice, ...ExperimentChoice[]] {
    const file = (name: string): string => this.#context.asAbsolutePath(path.join('models', 'experiments', name));
    return [
      { file: file('biographies.json'), label: vscode.l10n.t('Biographies: fabricated sentences') },
      { file: file('questions.json'), label: vscode.l10n.t('Questions: new answers') },
      { file: file('intents.json'), label: vscode.l10n.t('Intents: labels that change') },
    ];
  }

  async #chooseExperiment(): Promise<string | undefined> {
    const files = await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Open an Experiment File'),
      filters: { JSON: ['json'] },
      defaultUri: vscode.Uri.file(startFolder()),
    });
    return files?.[0] && fileOf(files[0]);
  }

  async #showEdit(edit: EditReference): Promise<void> {
    const { engine, reports } = this.#parts;
    const found = await engine.api().streamedEdit(edit);
    const title = vscode.l10n.t('Edit {0}', edit.row + 1);
    await reports.show(title, editReport(edit.method, path.basename(edit.run), found));
  }

  async #export(runs: readonly string[], sweep: string | undefined): Promise<void> {
    const { engine, notifier } = this.#parts;
    const choices: readonly (vscode.QuickPickItem & { readonly format: ExportFormat })[] = [
      { label: 'SVG', description: vscode.l10n.t('Pictures that stand alone'), format: 'svg' },
      { label: 'CSV', description: vscode.l10n.t('The numbers of every checkpoint'), format: 'csv' },
      { label: 'JSONL', description: vscode.l10n.t('Every edit, answer and decision'), format: 'jsonl' },
    ];
    const chosen = await vscode.window.showQuickPick(choices, { title: vscode.l10n.t('Export') });
    if (!chosen) return;
    const folders = await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Folder to Export to'),
      openLabel: vscode.l10n.t('Export Here'),
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(startFolder()),
    });
    if (!folders?.[0]) return;
    const { files } = await engine.api().exportRuns({ runs, sweep, format: chosen.format, out: fileOf(folders[0]) });
    // The message may stay for long; the page does not wait for it.
    void notifier.done(vscode.l10n.t('{0} files written to {1}.', files.length, fileOf(folders[0])));
  }
}
