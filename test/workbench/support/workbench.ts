import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errors, type Browser, type BrowserContext, type FrameLocator, type Locator, type Page } from 'playwright-core';

import type { Server } from './server.ts';
import type { Theme } from './settings.ts';

/** `publisher.name` of the extension, as VS Code calls it. */
export const EXTENSION = 'grace-model-editor.grace-model-editor';

const SCREENSHOTS = 'test-results/screenshots';
const APPEARS_WITHIN = 30_000;
const ANSWERS_WITHIN = 2_000;

/** What the colour theme picker calls the themes, and the class that the workbench then has. */
const PICKED_AS: Readonly<Record<Theme, readonly [label: string, style: string]>> = {
  'Dark Modern': ['Dark Modern', 'vs-dark'],
  'Light Modern': ['Light Modern', 'vs'],
  'Default High Contrast': ['Dark High Contrast', 'hc-black'],
  'Default High Contrast Light': ['Light High Contrast', 'hc-light'],
};

const quoted = (text: string): string => JSON.stringify(text);

export interface WorkbenchOptions {
  /** The folder to open; none if not given. */
  readonly workspace?: string;
  readonly size?: { readonly width: number; readonly height: number };
  /** 2 for pictures on fine screens. */
  readonly scale?: number;
}

export interface RunningExtension {
  readonly name: string;
  /** What VS Code shows: activation time in milliseconds, and errors if there were any. */
  readonly activation: number | undefined;
  readonly text: string;
}

/** A window of VS Code in a fresh browser profile: no layout, state or storage from before. */
export class Workbench {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #errors: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on('pageerror', (error) => this.#errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#errors.push(`${message.text()} (${message.location().url})`);
    });
  }

  static async open(browser: Browser, server: Server, options: WorkbenchOptions = {}): Promise<Workbench> {
    const context = await browser.newContext({
      viewport: options.size ?? { width: 1280, height: 800 },
      deviceScaleFactor: options.scale ?? 1,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    context.setDefaultTimeout(APPEARS_WITHIN);
    const page = await context.newPage();
    const workbench = new Workbench(context, page);
    await page.goto(server.url(options.workspace));
    await workbench.#ready();
    return workbench;
  }

  /** Runs a command by the title that the palette shows, category included: `GRACE: Try the Demo in a Terminal`. */
  async runCommand(title: string): Promise<void> {
    // The palette goes away, and its row with it, when something else takes the focus.
    for (const end = Date.now() + APPEARS_WITHIN; Date.now() < end;) {
      const row = await this.#palette(`>${title}`, title);
      try {
        await row.click({ timeout: ANSWERS_WITHIN });
        return;
      } catch (error) {
        if (!(error instanceof errors.TimeoutError)) throw error;
      }
    }
    throw new Error(`The palette does not run ${quoted(title)}.`);
  }

  /** The same by keyboard alone. */
  async typeCommand(title: string): Promise<void> {
    await this.#palette(`>${title}`, title);
    await this.page.keyboard.press('Enter');
  }

  /** Whether the palette offers a command of that title, category included. */
  async hasCommand(title: string): Promise<boolean> {
    const row = await this.#find(`>${title}`, title);
    await this.page.keyboard.press('Escape');
    return row !== undefined;
  }

  /** The titles that the palette shows for a filter, as far as they are in sight. */
  async commands(filter: string): Promise<readonly string[]> {
    await this.page.keyboard.press('F1');
    await this.quickInput.fill(`>${filter}`);
    // The palette says so when nothing fits, with a row of its own.
    await this.quickPicks.first().waitFor();
    const labels = await this.quickPicks.locator('.label-name').allInnerTexts();
    await this.page.keyboard.press('Escape');
    return labels;
  }

  /** The text box of the palette, of pickers and of input boxes. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget input[type="text"]');
  }

  get quickPicks(): Locator {
    return this.page.locator('.quick-input-widget .monaco-list-row');
  }

  /** Chooses a row of the picker that is open, by the beginning of its label. */
  async pick(label: string): Promise<void> {
    await this.page
      .locator(`.quick-input-widget .monaco-list-row[aria-label^=${quoted(label)}]`)
      .first()
      .click();
  }

  /** Answers the input box that is open. */
  async answer(text: string): Promise<void> {
    await this.quickInput.fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Answers the dialog that asks for a file to write or read: without a desktop, an input box that looks at the disk. */
  async answerFile(file: string): Promise<void> {
    await this.quickInput.waitFor();
    // It fills in a folder when it has found one, and takes no answer while it looks whether there is one.
    for (const end = Date.now() + APPEARS_WITHIN; Date.now() < end;) {
      if (!(await this.quickInput.isVisible())) return;
      // What it filled in late would be taken for the answer.
      if ((await this.quickInput.inputValue()) === file) await this.page.keyboard.press('Enter');
      else await this.quickInput.fill(file);
      await delay(200);
    }
    throw new Error(`The dialog does not take ${file}.`);
  }

  /** Opens a file of the workspace and returns its editor. */
  async openFile(file: string): Promise<Locator> {
    const row = await this.#palette(file, path.basename(file));
    await row.click();
    const editor = this.editor(file);
    await editor.waitFor();
    return editor;
  }

  /** The text editor of a file. */
  editor(file: string): Locator {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$=${quoted(`/${file}`)}]`);
  }

  /** The tab of an editor, by the beginning of its title. */
  tab(title: string): Locator {
    return this.page.locator(`.tabs-container .tab[aria-label^=${quoted(title)}]`);
  }

  /** An item of the status bar that shows this text. */
  statusItem(text: string): Locator {
    return this.page.locator('.statusbar-item', { hasText: text });
  }

  /** A notification that shows this text; `notification(text).getByRole('button', { name })` is one of its buttons. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  /** A modal dialog that shows this text. */
  dialog(text: string): Locator {
    return this.page.locator('.monaco-dialog-box', { hasText: text });
  }

  /** The icon of a view container in the activity bar. */
  activity(title: string): Locator {
    // The label is the item's, or its link's: that depends on what was there first, the view or its badge.
    const label = `[aria-label^=${quoted(title)}]`;
    return this.page.locator(`.activitybar .action-item:is(${label}, :has(a${label}))`).first();
  }

  /** A view in a side bar or panel, by its title. */
  view(title: string): Locator {
    return this.page.locator('.pane', { has: this.page.locator(`.pane-header[aria-label^=${quoted(title)}]`) });
  }

  /** The rows of a tree view; `aria-label` is what a screen reader says. */
  treeRows(view: string): Locator {
    return this.view(view).locator('.monaco-list-row');
  }

  treeRow(view: string, label: string): Locator {
    return this.view(view).locator(`.monaco-list-row[aria-label*=${quoted(label)}]`);
  }

  /** An icon on a tree row; they appear under the mouse. */
  async clickRowAction(row: Locator, title: string): Promise<void> {
    await row.hover();
    await row.locator(`.actions .action-label[aria-label^=${quoted(title)}]`).click();
  }

  /** An entry of the context menu that is open. */
  menuItem(label: string): Locator {
    return this.page.locator('.context-view .monaco-menu .action-item', { hasText: label });
  }

  /**
   * The document of one of the extension's webviews: the one that contains the selector, since the page does not tell which
   * view a frame belongs to.
   */
  async webview(selector = 'body', extension = EXTENSION): Promise<FrameLocator> {
    for (const end = Date.now() + APPEARS_WITHIN; Date.now() < end;) {
      for (const frame of await this.webviews(extension).all()) {
        const document = frame.contentFrame().frameLocator('#active-frame');
        // A frame may go, or load again, while it is looked at.
        if ((await document.locator(selector).count().catch(() => 0)) > 0) return document; // prettier-ignore
      }
      await delay(50);
    }
    throw new Error(`No webview of ${extension} contains ${selector}.`);
  }

  /** The frames of an extension's webviews. */
  webviews(extension = EXTENSION): Locator {
    return this.page.locator(`iframe.webview.ready[src*=${quoted(`extensionId=${extension}`)}]`);
  }

  /** Changes the colours at once, by the picker: this VS Code does not watch the settings of its user. */
  async setTheme(theme: Theme): Promise<void> {
    const [label, style] = PICKED_AS[theme];
    const painted = this.page.locator(`.monaco-workbench.${style}`).first();
    // While VS Code still looks for themes, its picker does not show all of them.
    for (const end = Date.now() + APPEARS_WITHIN; Date.now() < end;) {
      await this.runCommand('Preferences: Color Theme');
      try {
        await this.quickInput.fill(label, { timeout: ANSWERS_WITHIN });
        const row = this.page.locator(`.quick-input-widget .monaco-list-row[aria-label^=${quoted(label)}]`).first();
        await row.click({ timeout: ANSWERS_WITHIN });
        await painted.waitFor();
        return;
      } catch (error) {
        if (!(error instanceof errors.TimeoutError)) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
    throw new Error(`The picker does not offer ${label}.`);
  }

  /** Loads the window again: a new extension host, the same layout. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#ready();
  }

  /** Writes a picture of the window into test-results/screenshots. */
  async screenshot(name: string): Promise<string> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const file = path.join(SCREENSHOTS, `${name}.png`);
    await this.page.screenshot({ path: file, animations: 'disabled' });
    return file;
  }

  /** The extensions that have been activated, and how long that took. */
  async runningExtensions(): Promise<readonly RunningExtension[]> {
    await this.runCommand('Developer: Show Running Extensions');
    const editor = this.page.locator('.runtime-extensions-editor');
    const rows = editor.locator('.monaco-list-row');
    await rows.first().waitFor();
    await editor.hover();
    // Only rows in sight are in the page: collect while scrolling down to the last one.
    const found = new Map<string, RunningExtension>();
    for (let last = false; !last;) {
      last = (await rows.and(this.page.locator('[data-last-element="true"]')).count()) > 0;
      for (const text of await rows.allInnerTexts()) {
        const [name = ''] = text.trim().split('\n');
        const activation = /Activation(?: \([^)]*\))?: (\d+)ms/.exec(text)?.[1];
        found.set(name, { name, activation: activation === undefined ? undefined : Number(activation), text });
      }
      await this.page.mouse.wheel(0, 200);
      await delay(100);
    }
    await this.runCommand('View: Close Editor');
    return [...found.values()];
  }

  /** Milliseconds that the activation of an extension took; undefined if it is not active. */
  async activation(name: string): Promise<number | undefined> {
    return (await this.runningExtensions()).find((extension) => extension.name === name)?.activation;
  }

  /** Errors on the page's console, with those of the extension host, that name the extension or come from its webviews. */
  get errors(): readonly string[] {
    return this.#errors.filter((error) => /grace/i.test(error.replace(/grace-workbench-\w+/g, '')));
  }

  /** Every error on the page's console: VS Code has some of its own. */
  get allErrors(): readonly string[] {
    return this.#errors;
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar .statusbar-item').first().waitFor();
  }

  /** A row of the palette, waited for: while VS Code starts, commands and files come late. */
  async #palette(text: string, label: string): Promise<Locator> {
    for (const end = Date.now() + APPEARS_WITHIN; Date.now() < end;) {
      const row = await this.#find(text, label);
      if (row !== undefined) return row;
      await this.page.keyboard.press('Escape');
    }
    throw new Error(`The palette has no ${quoted(label)}.`);
  }

  /** Types into the palette and returns the row of that label; what follows a comma in a label is a description. */
  async #find(text: string, label: string): Promise<Locator | undefined> {
    const found = `:is([aria-label=${quoted(label)}], [aria-label^=${quoted(`${label}, `)}])`;
    const row = this.page.locator(`.quick-input-widget .monaco-list-row${found}`).first();
    await this.page.keyboard.press('F1');
    try {
      await this.quickInput.fill(text, { timeout: ANSWERS_WITHIN });
      await row.waitFor({ timeout: ANSWERS_WITHIN });
      return row;
    } catch (error) {
      if (error instanceof errors.TimeoutError) return undefined;
      throw error;
    }
  }
}
