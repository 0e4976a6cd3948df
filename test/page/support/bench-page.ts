import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { EventEmitter } from 'node:events';
import type { Browser, Page } from 'playwright-core';

import { BenchController, type BenchActions } from '../../../src/host/bench/bench-controller.ts';
import { benchHtml } from '../../../src/host/bench/bench-html.ts';
import { validated } from '../../../src/host/bench/bench-input.ts';
import type { BenchPageApi } from '../../../src/protocol/bench-api.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import { connect, type Channel, type Remote } from '../../../src/protocol/rpc.ts';
import { FakeSession } from '../../support/bench-session.ts';
import { THEMES, type Theme } from './themes.ts';

const ORIGIN = 'http://bench.test';
const BUILT = path.resolve('dist/webview');
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
  '.map': 'application/json',
};

/** What a page is opened with. */
export interface BenchPageOptions {
  readonly session?: FakeSession;
  readonly theme?: Theme;
  readonly size?: { readonly width: number; readonly height: number };
  readonly saved?: unknown;
  /** Whether things move; pictures are of things that do not. */
  readonly motion?: boolean;
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
  readonly complaints: string[] = [];
  readonly #messages = new EventEmitter();
  readonly #host: Remote<BenchPageApi>;

  private constructor(page: Page, { session = new FakeSession(), saved }: BenchPageOptions) {
    this.page = page;
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
    const channel: Channel = {
      send: (message) => void this.#deliver(message),
      onMessage: (listener) => this.#messages.on('message', listener),
      onClose: () => undefined,
    };
    this.#host = connect<BenchPageApi>(channel, validated(this.controller.handlers));
  }

  static async open(browser: Browser, options: BenchPageOptions = {}): Promise<BenchPage> {
    const { theme = THEMES[0]!, size = { width: 1240, height: 900 }, motion = false } = options;
    const context = await browser.newContext({ viewport: size, reducedMotion: motion ? 'no-preference' : 'reduce' });
    const page = await context.newPage();
    const bench = new BenchPage(page, options);
    await bench.#prepare(theme);
    await page.goto(ORIGIN);
    await page.locator('grace-bench h1').waitFor();
    return bench;
  }

  async close(): Promise<void> {
    this.controller.dispose();
    await this.page.context().close();
  }

  /** Changes the theme, as VS Code does under a page that stays. */
  async wear(theme: Theme): Promise<void> {
    await this.page.evaluate(`window.wear(${JSON.stringify(theme)})`);
  }

  focus(field: 'prompt' | 'target'): void {
    void this.#host.focus({ field });
  }

  async #prepare(theme: Theme): Promise<void> {
    const { page } = this;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    await page.route(`${ORIGIN}/**`, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (name === 'favicon.ico') await route.fulfill({ status: 204 });
      else if (name === '') await route.fulfill({ contentType: 'text/html', body: html() });
      else {
        const body = await readFile(path.join(BUILT, name));
        await route.fulfill({ contentType: TYPES[path.extname(name)] ?? 'text/plain', body });
      }
    });
    await page.exposeFunction('sendToHost', (message: unknown) => {
      // As VS Code does, never in the same turn.
      setImmediate(() => this.#messages.emit('message', message));
    });
    // What VS Code puts into a webview before its page begins.
    await page.addInitScript(`
      window.acquireVsCodeApi = () => ({ postMessage: (message) => void window.sendToHost(message) });
      window.wear = ({ kind, colours }) => {
        const { style } = document.documentElement;
        for (const name of [...style]) style.removeProperty(name);
        for (const [name, colour] of Object.entries(colours)) style.setProperty('--vscode-' + name, colour);
        document.body.className = kind;
      };
      document.addEventListener('DOMContentLoaded', () => window.wear(${JSON.stringify(theme)}));
    `);
  }

  async #deliver(message: unknown): Promise<void> {
    await this.page.evaluate(`window.postMessage(${JSON.stringify(message)}, '*')`).catch(() => undefined);
  }
}

const html = (): string =>
  benchHtml({
    script: `${ORIGIN}/bench.js`,
    style: `${ORIGIN}/bench.css`,
    icons: `${ORIGIN}/codicon.css`,
    source: ORIGIN,
    nonce: 'bm9uY2U',
    language: 'en',
    title: 'Edit Bench',
    texts: undefined,
  });
