import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { launchChromium } from '../support/chromium.ts';
import { PICTURES as DATA, RUNS_OF_ALL } from '../support/evaluation-samples.ts';
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

/** Two runs of every method, beside each other. */
async function compared(): Promise<EvaluationPage> {
  const { page, experiments } = await open({ runs: ['questions', 'questions-2'] });
  experiments.pictures = { ...DATA, runs: RUNS_OF_ALL };
  await page.getByLabel('Compared with').selectOption('questions-2');
  await page.locator('.picture text', { hasText: 'GRACE (2)' }).first().waitFor();
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
    await card.getByRole('button', { name: '1: Open edit 50 by GRACE', exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => asked.at(-1)).toEqual(['showEdit', 'questions', 'grace', 49]);
    await card.getByRole('button', { name: '0.7: Open edit 50 by FT', exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => asked.at(-1)).toEqual(['showEdit', 'questions', 'ft', 49]);
    expect(await card.locator('tbody tr').first().innerText()).toBe('0\t0\t0');
  });

  it('opens every edit of two compared runs by keyboard', async () => {
    const { page, asked } = await compared();
    const card = page.locator('grace-figure', { hasText: 'Edit retention (ERR)' }).first();
    await card.locator('summary').focus();
    await page.keyboard.press('Enter');
    await card.getByRole('region').waitFor();
    await page.keyboard.press('Tab');
    await card.locator('[role=region]:focus').waitFor();
    const links: string[] = [];
    for (let presses = 0; presses < 3 * 18; presses++) {
      await page.keyboard.press('Tab');
      links.push((await page.locator(':focus').getAttribute('aria-label'))!);
    }
    expect(new Set(links.map((link) => link.replace(/^.*: /, ''))).size).toBe(3 * 18);
    expect(links.at(-1)).toMatch(/^0\.\d+: Open edit 150 by GRACE, two-part, run 2$/);
    await page.keyboard.press('Enter');
    await expect.poll(() => asked.at(-1)).toEqual(['showEdit', 'questions-2', 'grace-two-part', 149]);
    expect(await card.locator('[data-edit]').count()).toBe(links.length);
  });

  it('has the names of all lines in the picture', async () => {
    const { page } = await compared();
    for (const picture of await page.locator('.picture svg', { hasText: 'GRACE (2)' }).all()) {
      const frame = (await picture.boundingBox())!;
      const names = await picture
        .locator('text')
        .getByText(/\(\d\)$/)
        .all();
      expect(names).toHaveLength(18);
      for (const name of names) {
        const { x, y, width, height } = (await name.boundingBox())!;
        expect(x + width).toBeLessThanOrEqual(frame.x + frame.width);
        expect(y + height).toBeLessThanOrEqual(frame.y + frame.height);
      }
    }
    for (const theme of THEMES) {
      await evaluation.webview.wear(theme);
      const card = page.locator('grace-figure', { hasText: 'Edit retention (ERR)' }).first();
      await card.screenshot({ path: path.join(PICTURES, `evaluation-compared-${theme.name}.png`) });
    }
  });

  it('shows all rows of a long table, some at a time', async () => {
    const { page, experiments } = await open();
    const many = (group: 'ERR' | 'TRR', count: number) =>
      Array.from({ length: count }, (_, n) => ({
        ...{ group, prompt: `${group} prompt ${n}`, distance: 1 + n / 100, radius: 5, edit: n + 1, fired: n < 400 },
      }));
    experiments.pictures = { ...DATA, distances: [...many('ERR', 1000), ...many('TRR', 100)] };
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(() => experiments.running).not.toBeNull();
    experiments.running!.progress({ what: 'grace', done: 50, of: 400, news: true });
    const card = page.locator('grace-figure', { hasText: 'Distance to the nearest key' });
    await card.locator('summary').click();
    await card.getByText('500 of 1100 rows').waitFor();
    await card.getByRole('button', { name: 'Show 500 more' }).focus();
    await page.keyboard.press('Enter');
    await card.getByText('1000 of 1100 rows').waitFor();
    expect(await page.locator(':focus').innerText()).toBe('Show 100 more');
    experiments.running!.progress({ what: 'grace', done: 60, of: 400, news: true });
    await page.getByText('60 of 400').waitFor();
    await page.keyboard.press('Enter');
    await card.getByText('1100 of 1100 rows').waitFor();
    await page.locator('tr:focus', { hasText: 'TRR prompt 0' }).waitFor();
    expect(await card.locator('tbody tr').count()).toBe(1100);
    expect(await card.getByRole('button', { name: /^Show/ }).count()).toBe(0);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Open edit 1 by GRACE');
  });

  it('keeps the focus where a run is started and stopped', async () => {
    const { page, experiments } = await open();
    const focused = (name: string): Promise<void> => page.locator('button:focus', { hasText: name }).waitFor();
    await page.getByLabel('FT + EWC').check();
    await page.getByRole('button', { name: 'Run', exact: true }).focus();
    await page.keyboard.press('Enter');
    await focused('Stop');
    await expect.poll(() => experiments.running).not.toBeNull();
    await page.keyboard.press('Enter');
    await focused('Resume');
    await page.keyboard.press('Enter');
    await focused('Stop');
    await expect.poll(() => experiments.running).not.toBeNull();
    experiments.running!.end();
    await focused('Resume');
    await page.getByRole('button', { name: 'Run Once More' }).focus();
    await page.keyboard.press('Enter');
    await focused('Stop');
    await expect.poll(() => experiments.running).not.toBeNull();
    await page.getByRole('button', { name: 'Export…' }).focus();
    experiments.running!.end();
    await page.getByRole('button', { name: 'Run Once More' }).waitFor();
    await focused('Export…');
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
