import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';

import { EvaluationController } from '../../../src/host/evaluation/evaluation-controller.ts';
import { checked } from '../../../src/host/evaluation/evaluation-input.ts';
import { RunShelf } from '../../../src/host/evaluation/run-shelf.ts';
import type { EvaluationPageApi } from '../../../src/protocol/evaluation-state.ts';
import { connect, type Remote } from '../../../src/protocol/rpc.ts';
import { FakeExperiments, makeRun } from '../../support/evaluation-samples.ts';
import { WebviewPage, type WebviewOptions } from './webview-page.ts';

export interface EvaluationPageOptions extends WebviewOptions {
  /** Names of runs that are there. */
  readonly runs?: readonly string[];
}

/** The Evaluation page as it is built, in a browser, with the host's own controller and an engine that does as it is told. */
export class EvaluationPage {
  readonly page: Page;
  readonly webview: WebviewPage;
  readonly experiments = new FakeExperiments();
  /** What the page asked of the rest of the extension. */
  readonly asked: (readonly unknown[])[] = [];
  readonly folder: string;
  readonly #host: Remote<EvaluationPageApi>;

  private constructor(webview: WebviewPage, runs: readonly string[]) {
    this.webview = webview;
    this.page = webview.page;
    this.folder = mkdtempSync(path.join(tmpdir(), 'grace-runs-'));
    for (const run of runs) makeRun(path.join(this.folder, run));
    const controller = new EvaluationController({
      engine: () => this.experiments.api,
      actions: {
        chooseExperiment: () => Promise.resolve('/own/mine.json'),
        showEdit: (edit) => this.#note('showEdit', path.basename(edit.run), edit.method, edit.row),
        exportRuns: (shown, sweep) =>
          this.#note('export', ...shown.map((run) => path.basename(run)), sweep !== undefined),
      },
      store: { read: () => undefined, write: () => undefined },
      shelf: new RunShelf(() => this.folder),
      shipped: [
        { file: '/models/questions.json', label: 'Questions: new answers' },
        { file: '/models/intents.json', label: 'Intents: labels that change' },
      ],
      labelOf: (file) => path.basename(file),
      show: (state) => void this.#host.show(state).catch(() => undefined),
      draw: (pictures) => void this.#host.draw(pictures).catch(() => undefined),
    });
    this.#host = connect<EvaluationPageApi>(webview.channel, checked(controller.handlers));
  }

  static async open(browser: Browser, { runs = [], ...options }: EvaluationPageOptions = {}): Promise<EvaluationPage> {
    const webview = await WebviewPage.make(browser, 'evaluation', options);
    const evaluation = new EvaluationPage(webview, runs);
    await webview.load('grace-evaluation h1');
    return evaluation;
  }

  async close(): Promise<void> {
    await this.webview.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #note(...words: readonly unknown[]): Promise<void> {
    this.asked.push(words);
    return Promise.resolve();
  }
}
