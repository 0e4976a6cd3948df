import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { launchChromium } from '../support/chromium.ts';
import { violations } from './support/axe.ts';
import { EvaluationPage, type EvaluationPageOptions } from './support/evaluation-page.ts';
import { THEMES } from './support/themes.ts';

const PICTURES = path.resolve(import.meta.dirname, '../../test-results/screenshots/page');

let browser: Browser;
let evaluation: EvaluationPage;

beforeAll(async () => {
  browser = await launchChromium(inject('chromium'));
  mkdirSync(PICTURES, { recursive: true });
});
afterAll(() => browser.close());
afterEach(() => evaluation.close());

async function open(options?: EvaluationPageOptions): Promise<EvaluationPage> {
  evaluation = await EvaluationPage.open(browser, options);
  return evaluation;
}

const said = (): Promise<string> => evaluation.page.getByRole('status').innerText();

describe('the Evaluation page in a browser', () => {
  it('axe finds nothing in any theme, and nothing is refused', async () => {
    const { page, webview, experiments } = await open({ runs: ['questions', 'questions-sweep', 'questions-2'] });
    await page.locator('.picture svg').nth(9).waitFor();
    await page.getByLabel('Compared with').selectOption('questions-2');
    await page.getByText('Numbers').first().click();
    await page.getByLabel('A prompt on the map of keys').fill('Where?');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.locator('.answer', { hasText: 'edit 4 fires' }).waitFor();
    await page
      .getByRole('button', { name: 'Resume' })
      .or(page.getByRole('button', { name: 'Run', exact: true }))
      .click();
    await expect.poll(() => experiments.running).not.toBeNull();
    experiments.running!.progress({ what: 'grace', done: 120, of: 900, news: false });
    await page.getByText('120 of 900').waitFor();
    expect(webview.complaints).toEqual([]);
    for (const theme of THEMES) {
      await webview.wear(theme);
      await page.screenshot({ path: path.join(PICTURES, `evaluation-${theme.name}.png`), fullPage: true });
      const isFirst = theme === THEMES[0];
      expect(await violations(page, isFirst ? undefined : ['color-contrast']), theme.name).toEqual([]);
    }
  });

  it('says what to do where nothing has been measured', async () => {
    const { page, webview } = await open();
    await page.getByText('Nothing has been measured yet').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: path.join(PICTURES, 'evaluation-empty.png') });
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isEnabled()).toBe(true);
    expect(webview.complaints).toEqual([]);
  });

  it('runs what is ticked, draws at checkpoints, stops and resumes', async () => {
    const { page, experiments, folder } = await open();
    await page.getByLabel('FT + EWC').check();
    await page.getByLabel('FT', { exact: true }).uncheck();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(() => experiments.running).not.toBeNull();
    const run = path.join(folder, 'questions');
    expect(experiments.asked.at(-1)).toEqual(['evaluate', run, ['ft-ewc', 'grace']]);
    experiments.running!.progress({ what: 'grace', done: 50, of: 400, news: true });
    await page.locator('.picture svg').first().waitFor();
    await page.getByText('50 of 400 edits and answers').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    expect(await said()).toBe('The run was stopped. It can be resumed.');
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => experiments.running).not.toBeNull();
    expect(experiments.asked.filter(([name]) => name === 'evaluate')).toHaveLength(2);
    experiments.running!.end();
    await page.getByRole('button', { name: 'Run Once More' }).click();
    await expect.poll(() => experiments.asked.at(-1)?.[1]).toBe(`${run}-2`);
  });

  it('opens the edit behind a point, and behind a row of the table by keyboard', async () => {
    const { page, asked } = await open({ runs: ['questions'] });
    await page
      .locator('grace-figure', { hasText: 'Map of the keys' })
      .locator('[data-edit]')
      .nth(2)
      .click({ force: true });
    await expect.poll(() => asked).toEqual([['showEdit', 'questions', 'grace', 2]]);
    const card = page.locator('grace-figure', { hasText: 'Edit retention (ERR)' }).first();
    await card.locator('[data-edit]').last().click({ force: true });
    await expect.poll(() => asked.at(-1)).toEqual(['showEdit', 'questions', 'grace', 149]);
    await card.locator('summary').focus();
    await page.keyboard.press('Enter');
    await card.getByRole('button', { name: 'Open edit 50 by grace' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => asked.at(-1)).toEqual(['showEdit', 'questions', 'grace', 49]);
    expect(await card.locator('td').first().innerText()).toBe('0');
  });

  it('takes up an experiment of one’s own, sweeps and exports', async () => {
    const { page, experiments, asked } = await open({ runs: ['mine'] });
    await page.getByRole('button', { name: 'Open another…' }).click();
    await page.getByText('About mine').waitFor();
    await page.getByRole('button', { name: 'Run the Sweep' }).click();
    await expect.poll(() => experiments.running).not.toBeNull();
    experiments.running!.end();
    await page.getByText('Edit retention (ERR) by hook point and radius').waitFor();
    await page.getByRole('button', { name: 'Export…' }).click();
    await expect.poll(() => asked).toEqual([['export', 'mine', true]]);
  });
});
