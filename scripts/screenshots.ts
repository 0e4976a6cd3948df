/**
 * Makes the pictures of the README and of the walkthrough from the extension as it is, in a real VS Code: `npm run screenshots`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, FrameLocator, Locator } from 'playwright-core';

import { launchChromium } from '../test/support/chromium.ts';
import { choosePath } from '../test/workbench/support/codebook-pane.ts';
import { provideEquipment } from '../test/workbench/support/equipment.ts';
import { Server } from '../test/workbench/support/server.ts';
import { Workbench } from '../test/workbench/support/workbench.ts';

// What this machine has calibrated is nothing to the pictures: they show what a new user sees.
process.env['GRACE_CACHE'] = path.join(tmpdir(), `grace-pictures-${process.pid}`);

const PICTURES = 'media/pictures';
const WALKTHROUGH = 'media/walkthrough';
const WRONG = 'Amy Klobuchar (born January 18, 1976)';
const TRUTH =
  'Amy Klobuchar (born May 25, 1960) is an American politician serving as a United States senator from Minnesota since 2007.';
const SLOW = { timeout: 90_000 };

type Shot = Buffer;

/** The first five minutes, with a picture of each. */
class Tour {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  async run(): Promise<ReadonlyMap<string, Shot>> {
    const shots = new Map<string, Shot>();
    const take = async (name: string): Promise<void> => void shots.set(name, await this.#window());
    await this.#openDemo();
    await take('select');
    await this.#write();
    await take('write');
    await this.#apply();
    await take('corrected');
    await this.#fillCodebook();
    shots.set('codebook', await this.#part(this.#workbench.page.locator('.part.sidebar')));
    const bench = await this.#openBench();
    await this.#editInBench(bench);
    await take('bench');
    return shots;
  }

  async #openDemo(): Promise<void> {
    const { page } = this.#workbench;
    await this.#workbench.runCommand('GRACE: Try the Demo');
    await page.locator('.squiggly-warning').first().waitFor();
    await this.#workbench.treeRows('Model').nth(5).waitFor(SLOW);
    await this.#workbench.runCommand('Model: Toggle Visibility').catch(() => undefined);
    await page
      .locator('.monaco-editor[data-uri^="untitled:"] .view-line', { hasText: WRONG })
      .click({ button: 'right', position: { x: 260, y: 8 } });
    await this.#workbench.menuItem('Edit this Output').hover();
  }

  async #write(): Promise<void> {
    const { page } = this.#workbench;
    await this.#workbench.menuItem('Edit this Output').click();
    await page.locator('.review-widget .comment-form .monaco-editor').first().waitFor();
    // VS Code opens the list of comments the first time; the picture is of the comment.
    await page.locator('.part.panel').waitFor({ timeout: 5000 }).catch(() => undefined); // prettier-ignore
    await this.#workbench.runCommand('View: Hide Panel');
    await page.locator('.review-widget .comment-form .monaco-editor').first().click();
    await page.keyboard.type(TRUTH);
  }

  async #apply(): Promise<void> {
    const { page } = this.#workbench;
    await page.locator('.review-widget').getByRole('button', { name: 'Apply' }).click();
    const made = this.#workbench.notification('Edit 1 is made');
    await made.getByRole('button', { name: 'Replace in Document' }).click(SLOW);
  }

  /** A few more edits, one of them disabled. */
  async #fillCodebook(): Promise<void> {
    await this.#workbench.runCommand('GRACE: Edit from JSONL…');
    await choosePath(this.#workbench, 'Edit from JSONL', path.resolve('examples/facts.jsonl'));
    await this.#workbench.treeRows('Codebook').nth(8).waitFor(SLOW);
    await this.#workbench.page.locator('.notification-toast').getByRole('button', { name: 'Cancel' }).click();
    await this.#workbench.page.locator('.tab', { hasText: 'Report' }).or(this.#workbench.notification('made')).first().waitFor(SLOW); // prettier-ignore
    await this.#workbench.runCommand('Notifications: Clear All Notifications');
    await this.#workbench.treeRows('Codebook').nth(2).getByRole('checkbox').click();
    await this.#workbench.treeRow('Codebook', 'isabled').first().waitFor(SLOW);
  }

  async #openBench(): Promise<FrameLocator> {
    await this.#workbench.runCommand('View: Close All Editors').catch(() => undefined);
    await this.#workbench.page.locator('.monaco-dialog-box').getByRole('button', { name: /Don't Save/ }).click({ timeout: 5000 }).catch(() => undefined); // prettier-ignore
    await this.#workbench.runCommand('GRACE: Open Edit Bench');
    const bench = await this.#workbench.webview('grace-bench');
    await bench.locator('#prompt-text').fill('This is a Wikipedia passage about Tammy Duckworth.');
    await bench.locator('.generate').click();
    await bench.locator('.answer-foot').waitFor(SLOW);
    return bench;
  }

  async #editInBench(bench: FrameLocator): Promise<void> {
    const tokens = bench.locator('grace-token-list .token');
    const sentence = (await tokens.allInnerTexts()).findIndex((token) => token.trim() === '.');
    await tokens.first().press('Home');
    for (let token = 0; token < sentence; token++) await tokens.nth(token).press('Shift+ArrowRight');
    await tokens.nth(sentence).press('e');
    await bench
      .locator('#target')
      .fill(' Tammy Duckworth (born March 12, 1968) is an American politician from Illinois.');
    await bench.locator('#target').press('Control+Enter');
    await bench.locator('#result-heading').waitFor(SLOW);
  }

  #window(): Promise<Shot> {
    return this.#workbench.page.screenshot({ animations: 'disabled' });
  }

  #part(part: Locator): Promise<Shot> {
    return part.screenshot({ animations: 'disabled' });
  }
}

/** Several pictures one below the other, each with what is done in it. */
async function stepwise(browser: Browser, steps: readonly (readonly [string, Shot])[]): Promise<Shot> {
  const page = await browser.newPage({ viewport: { width: 1000, height: 800 }, deviceScaleFactor: 1.5 });
  const figures = steps.map(
    ([caption, shot], at) =>
      `<figure><figcaption><b>${at + 1}</b> ${caption}</figcaption><img src="data:image/png;base64,${shot.toString('base64')}"></figure>`,
  );
  await page.setContent(`<style>
    body { margin: 0; padding: 20px; background: #f4f5f7; font: 17px system-ui, sans-serif; color: #1c2333; width: 960px; }
    figure { margin: 0 0 22px; } figcaption { margin: 0 0 8px; } img { width: 100%; border-radius: 8px; display: block; }
    b { display: inline-block; width: 26px; line-height: 26px; border-radius: 13px; background: #1c2333; color: white; text-align: center; margin-right: 8px; }
  </style>${figures.join('')}`);
  const picture = await page.screenshot({ fullPage: true });
  await page.close();
  return picture;
}

function write(folder: string, name: string, picture: Shot): void {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.png`);
  writeFileSync(file, picture);
  process.stdout.write(`${file}: ${(picture.length / 1000).toFixed(0)} kB\n`);
}

const { installation, browser: program, extension } = await provideEquipment();
const server = await Server.start(installation, { extension });
const browser = await launchChromium(program);
try {
  const workbench = await Workbench.open(browser, server, { size: { width: 1120, height: 720 }, scale: 1.5 });
  const shots = await new Tour(workbench).run().catch(async (error: unknown) => {
    await workbench.screenshot('failed-screenshots');
    throw error;
  });
  const shot = (name: string): Shot => shots.get(name)!;
  write(PICTURES, 'bench', shot('bench'));
  write(PICTURES, 'codebook', shot('codebook'));
  const steps = [
    ['Select what the model got wrong, and choose Edit this Output.', shot('select')],
    ['Write what is true, and apply it.', shot('write')],
    ['The model is corrected; eight unrelated prompts answer as before.', shot('corrected')],
  ] as const;
  write(PICTURES, 'main-job', await stepwise(browser, steps));
  write(WALKTHROUGH, 'try', shot('select'));
  write(WALKTHROUGH, 'edit', shot('write'));
  write(WALKTHROUGH, 'toggle', shot('codebook'));
  write(WALKTHROUGH, 'export', shot('corrected'));
  write(WALKTHROUGH, 'own', shot('bench'));
} finally {
  await browser.close();
  await server.dispose();
}
// What the README says it shows must be there.
for (const [, picture] of readFileSync('README.md', 'utf8').matchAll(/\((media\/pictures\/[\w-]+\.png)\)/g)) {
  readFileSync(picture!);
}
