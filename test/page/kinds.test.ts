import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import type { FakeSession } from '../support/bench-session.ts';
import { launchChromium } from '../support/chromium.ts';
import { BenchPage } from './support/bench-page.ts';
import { answering, ask, classifying, filling } from './support/kind-states.ts';

let browser: Browser;
let bench: BenchPage;

beforeAll(async () => {
  browser = await launchChromium(inject('chromium'));
});

afterAll(() => browser.close());

async function open(session: FakeSession): Promise<BenchPage> {
  bench = await BenchPage.open(browser, { session });
  return bench;
}

const said = (): Promise<string> => bench.page.locator('grace-bench > [role=status]').innerText();

/** Rows of the tables in a part of the page, each with its cells. */
const rows = (part: string): Promise<readonly string[]> =>
  bench.page.evaluate<readonly string[]>(
    `[...document.querySelectorAll(${JSON.stringify(`${part} tbody tr`)})].map((row) =>
      [...row.children].map((cell) => cell.textContent.replace(/\\s+/g, ' ').trim()).join(' | '))`,
  );

describe('a classifier in the page', () => {
  it('shows labels with percentages, and nothing that is for texts', async () => {
    const { page } = await open(classifying());
    await expect.poll(() => page.locator('.generate').innerText()).toContain('Classify');
    expect(await page.getByRole('radiogroup', { name: 'Kind of prompt' }).count()).toBe(0);
    expect(await page.getByText('Sampling').count()).toBe(0);
    await ask(bench, 'somebody took my card');
    expect((await rows('grace-labels')).slice(0, 3)).toEqual([
      'lost_card (said) | 62%',
      'damaged_card | 21%',
      'report_fraud | 8.0%',
    ]);
    expect(await page.getByLabel('Show probabilities').count()).toBe(0);
    expect(await page.locator('grace-token-list').count()).toBe(0);
    expect(await said()).toBe('Label: lost_card 62%');
    expect(await page.locator('.history-answer').innerText()).toBe('lost_card 62%');
    await page.getByRole('button', { name: 'Show all 16 labels' }).press('Enter');
    expect(await rows('grace-labels')).toHaveLength(16);
    await bench.close();
  });

  it('is edited by keyboard: filter, pick, apply, take back', async () => {
    const { page, session, controller } = await open(classifying());
    await ask(bench, 'somebody took my card');
    await page.getByRole('button', { name: 'Edit the label' }).press('Enter');
    await page.locator('#target:focus').waitFor();
    expect(await page.getByRole('radio').count()).toBe(16);
    expect(await page.getByLabel('The answer ends here').count()).toBe(0);
    await page.keyboard.type('Card');
    await expect.poll(() => page.getByRole('radio').count()).toBe(3);
    expect(await page.locator('#label-count').innerText()).toBe('3 labels');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('radio', { name: 'lost_card' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => controller.state.draft!.target).toBe('damaged_card');
    await page.locator('#target').fill('freeze acc');
    await page.keyboard.press('Enter');
    await expect.poll(() => controller.state.draft!.target).toBe('freeze_account');
    expect(await page.locator('.chosen-label').innerText()).toBe('New label: freeze_account');
    await page.keyboard.press('Control+Enter');
    await page.locator('#result-heading:focus').waitFor();
    expect(session.edited).toMatchObject([{ prompt: { text: 'somebody took my card' }, target: 'freeze_account' }]);
    expect((await rows('grace-result .change')).slice(0, 1)).toEqual(['freeze_account | 0.7% | 97%']);
    expect(await page.locator('.label-change').innerText()).toMatch(/^lost_card\s+is now\s+freeze_account$/u);
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    await page.locator('.verdict', { hasText: 'Taken back' }).waitFor();
    await page.getByRole('button', { name: 'Edit again' }).press('Enter');
    await page.locator('#target:focus').waitFor();
    expect(await page.locator('.chosen-label').innerText()).toBe('New label: freeze_account');
    await bench.close();
  });

  it('has no filter for a few labels, and leads back to its answer', async () => {
    const { page } = await open(classifying(['alarm', 'lost_card', 'weather']));
    await ask(bench, 'somebody took my card');
    await page.getByRole('button', { name: 'Edit the label' }).click();
    await page.getByRole('radio', { name: 'lost_card' }).and(page.locator(':focus')).waitFor();
    expect(await page.getByRole('searchbox').count()).toBe(0);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('button', { name: 'Edit the label' }).and(page.locator(':focus')).waitFor();
    await bench.close();
  });

  it('takes a second text', async () => {
    const { page, session } = await open(classifying());
    await page.getByText('Second text', { exact: true }).first().click();
    await page.locator('#prompt-pair').fill('and another');
    await ask(bench, 'one text');
    expect(session.classified).toEqual([{ kind: 'text', text: 'one text', pair: 'and another' }]);
    expect(await page.locator('.asked').innerText()).toContain('one text / and another');
    await bench.close();
  });
});

describe('a masked model in the page', () => {
  it('puts masks in, shows what it fills in with alternatives, and is edited at all of them', async () => {
    const { page, session, controller } = await open(filling());
    await page.locator('#prompt-text').fill('In ');
    await page.getByRole('button', { name: 'Insert [MASK]' }).click();
    await page.locator('#prompt-text:focus').waitFor();
    await page.keyboard.type(' lives a [MASK].');
    await page.keyboard.press('Control+Enter');
    await page.locator('grace-masks .answer-foot').waitFor();
    expect(await page.locator('grace-masks h4').allInnerTexts()).toEqual(['Mask 1 of 2', 'Mask 2 of 2']);
    expect((await rows('grace-masks'))[0]).toBe('oslo (said) | 62%');
    expect(session.generated).toMatchObject([{ prompt: { kind: 'text', text: 'In [MASK] lives a [MASK].' } }]);
    await page.getByRole('button', { name: 'Edit the words' }).click();
    expect(await page.locator('#target-help').innerText()).toBe('2 words, one for each mask.');
    const likely = (mask: number, word: string) =>
      page
        .getByRole('group', { name: `Also likely at mask ${mask}:` })
        .getByRole('button', { name: word, exact: true });
    await likely(1, 'her').click();
    expect(await page.locator('#target').inputValue()).toBe('her king');
    await likely(2, 'a').click();
    expect(await page.locator('#target').inputValue()).toBe('her a');
    await page.locator('#target').fill('bergen queen');
    await page.keyboard.press('Control+Enter');
    await page.locator('#result-heading:focus').waitFor();
    expect(session.edited).toMatchObject([{ target: 'bergen queen' }]);
    expect(controller.state.result!.draft.wrong).toBe('oslo king');
    await bench.close();
  });
});

describe('a model that answers, in the page', () => {
  it('keeps what was said before the mistake in the answer', async () => {
    const { page, session } = await open(answering());
    await ask(bench, 'Where is the head office?');
    await page.locator('.tokens .token', { hasText: 'Oslo' }).focus();
    await page.keyboard.press('e');
    await page.locator('#target:focus').waitFor();
    expect(await page.locator('.wrong').innerText()).toBe('It is in Oslo');
    expect(await page.locator('#target-help').innerText()).toContain('what was said before it stays');
    await page.keyboard.type('Bergen');
    await page.keyboard.press('Control+Enter');
    await page.locator('#result-heading:focus').waitFor();
    expect(session.edited).toMatchObject([
      { prompt: { text: 'Where is the head office?' }, target: 'It is in Bergen', ends: false },
    ]);
    await bench.close();
  });
});
