import type { Browser, Page } from 'playwright-core';

import { BenchController, type BenchActions } from '../../../src/host/bench/bench-controller.ts';
import { validated } from '../../../src/host/bench/bench-input.ts';
import type { BenchPageApi } from '../../../src/protocol/bench-api.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import { connect, type Remote } from '../../../src/protocol/rpc.ts';
import { FakeSession } from '../../support/bench-session.ts';
import type { Theme } from './themes.ts';
import { WebviewPage, type WebviewOptions } from './webview-page.ts';

/** What a page is opened with. */
export interface BenchPageOptions extends WebviewOptions {
  readonly session?: FakeSession;
  readonly saved?: unknown;
}

/**
 * The Edit Bench's page as it is built, in a browser without VS Code, with the host's own controller behind it and a session
 * that needs no engine.
 */
export class BenchPage {
  readonly page: Page;
  readonly session: FakeSession;
  readonly controller: BenchController;
  /** What the page asked of the rest of the extension. */
  readonly asked: string[] = [];
  /** Errors and refusals that the page's console tells of. */
  readonly complaints: readonly string[];
  readonly #webview: WebviewPage;
  readonly #host: Remote<BenchPageApi>;

  private constructor(webview: WebviewPage, { session = new FakeSession(), saved }: BenchPageOptions) {
    this.#webview = webview;
    this.page = webview.page;
    this.complaints = webview.complaints;
    this.session = session;
    const note = (words: string): Promise<void> => {
      this.asked.push(words);
      return Promise.resolve();
    };
    const actions: BenchActions = {
      revealEdit: (edit) => note(`revealEdit ${edit}`),
      openModel: () => note('openModel'),
      tryDemo: () => note('tryDemo'),
      chooseHook: (hook) => note(`chooseHook ${hook}`),
      calibrate: () => note('calibrate'),
      createCodebook: () => note('createCodebook'),
      machine: () => 'local',
    };
    const probes = ['The capital of France is', 'Water freezes at a temperature of', 'Two plus two equals'];
    this.controller = new BenchController({
      session,
      actions,
      store: { read: () => saved, write: () => undefined },
      preferences: () => ({
        maxTokens: 64,
        temperature: 0,
        probes: probes.map((text) => ({ kind: 'text', text })),
      }),
      emit: (event) => {
        void this.#host.event(event).catch(() => undefined);
      },
      edited: ({ result }) => void note(`edited ${result.edit}`),
      otherCodebook: () => new CodedError('codebook-mismatch', 'This edit is in another codebook.'),
    });
    this.#host = connect<BenchPageApi>(webview.channel, validated(this.controller.handlers));
  }

  static async open(browser: Browser, options: BenchPageOptions = {}): Promise<BenchPage> {
    const webview = await WebviewPage.make(browser, 'bench', options);
    const bench = new BenchPage(webview, options);
    await webview.load('grace-bench h1');
    return bench;
  }

  async close(): Promise<void> {
    this.controller.dispose();
    await this.#webview.close();
  }

  /** Changes the theme, as VS Code does under a page that stays. */
  async wear(theme: Theme): Promise<void> {
    await this.#webview.wear(theme);
  }

  focus(field: 'prompt' | 'target'): void {
    void this.#host.focus({ field });
  }
}
