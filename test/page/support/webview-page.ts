import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';

import { benchHtml } from '../../../src/host/bench/bench-html.ts';
import type { Channel } from '../../../src/protocol/rpc.ts';
import { THEMES, type Theme } from './themes.ts';

const ORIGIN = 'http://bench.test';
const BUILT = path.resolve('dist/webview');
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
  '.map': 'application/json',
};

export interface WebviewOptions {
  readonly theme?: Theme;
  readonly size?: { readonly width: number; readonly height: number };
  /** Whether things move; pictures are of things that do not. */
  readonly motion?: boolean;
}

/** A page of the extension as it is built, in a browser without VS Code, behind the policy that it has there. */
export class WebviewPage {
  readonly page: Page;
  /** The host's end of the way to the page. */
  readonly channel: Channel;
  /** Errors and refusals that the page's console tells of. */
  readonly complaints: string[] = [];
  readonly #messages = new EventEmitter();

  private constructor(page: Page) {
    this.page = page;
    this.channel = {
      send: (message) => void this.#deliver(message),
      onMessage: (listener) => this.#messages.on('message', listener),
      onClose: () => undefined,
    };
  }

  /**
   * Makes the browser's page; `load` shows it, once the host listens.
   *
   * @param name of the page's bundle
   */
  static async make(
    browser: Browser,
    name: string,
    { theme = THEMES[0]!, size = { width: 1240, height: 900 }, motion = false }: WebviewOptions,
  ): Promise<WebviewPage> {
    const context = await browser.newContext({ viewport: size, reducedMotion: motion ? 'no-preference' : 'reduce' });
    const webview = new WebviewPage(await context.newPage());
    await webview.#prepare(name, theme);
    return webview;
  }

  /** @param first something that is there once the page shows its state */
  async load(first: string): Promise<void> {
    await this.page.goto(ORIGIN);
    await this.page.locator(first).waitFor();
  }

  /** Changes the theme, as VS Code does under a page that stays. */
  async wear(theme: Theme): Promise<void> {
    await this.page.evaluate(`window.wear(${JSON.stringify(theme)})`);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  async #prepare(name: string, theme: Theme): Promise<void> {
    const { page } = this;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    await page.route(`${ORIGIN}/**`, async (route) => {
      const file = new URL(route.request().url()).pathname.slice(1);
      if (file === 'favicon.ico') await route.fulfill({ status: 204 });
      else if (file === '') await route.fulfill({ contentType: 'text/html', body: html(name) });
      else {
        const body = await readFile(path.join(BUILT, file));
        await route.fulfill({ contentType: TYPES[path.extname(file)] ?? 'text/plain', body });
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

const html = (name: string): string =>
  benchHtml({
    script: `${ORIGIN}/${name}.js`,
    style: `${ORIGIN}/${name}.css`,
    icons: `${ORIGIN}/codicon.css`,
    source: ORIGIN,
    nonce: 'bm9uY2U',
    language: 'en',
    title: name,
    texts: undefined,
  });
