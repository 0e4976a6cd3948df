import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { DECISION_FIRED, DECISION_NEAR, FakeSession, tokensOf } from '../support/bench-session.ts';
import { launchChromium } from '../support/chromium.ts';
import { BenchPage } from './support/bench-page.ts';

let browser: Browser;
let bench: BenchPage;

beforeAll(async () => {
  browser = await launchChromium(inject('chromium'));
});

afterAll(() => browser.close());

async function open(session = new FakeSession()): Promise<BenchPage> {
  bench = await BenchPage.open(browser, { session });
  return bench;
}

const focused = (): Promise<string> =>
  bench.page.evaluate<string>(
    `(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).replace(/\\s+/g, ' ').trim()`,
  );

/** Presses Tab until something has the focus. */
async function tabTo(label: RegExp): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await bench.page.keyboard.press('Tab');
    if (label.test(await focused())) return;
  }
  throw new Error(`The Tab key does not lead to ${String(label)}.`);
}

const ended = (page: Page): Promise<void> =>
  page.locator('.answer-foot', { hasText: 'The model ended its answer.' }).waitFor();

const said = (): Promise<string> => bench.page.getByRole('status').innerText();

describe('the Edit Bench by keyboard alone', () => {
  it('generates, selects, edits, checks, applies and takes back', async () => {
    const { page, session, controller, asked } = await open();
    bench.focus('prompt');
    await page.locator('#prompt-text:focus').waitFor();
    await page.keyboard.type('Ada');
    await page.keyboard.press('Control+Enter');
    await ended(page);
    expect(await said()).toContain('was born in Oslo');

    await page.locator('#prompt-text').focus();
    await tabTo(/^was$/);
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('Oslo');
    await expect.poll(() => page.getByRole('tooltip').innerText()).toContain('31%');
    await page.keyboard.press('Shift+ArrowRight');
    expect(await page.locator('[aria-selected=true]').allInnerTexts()).toEqual([' Oslo', ' in']);
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('e');

    await page.locator('#target:focus').waitFor();
    await page.keyboard.type('London');
    expect(await page.locator('#target-help').innerText()).toContain('began with a space');
    await page.keyboard.press('Home');
    await page.keyboard.type(' ');
    await tabTo(/^Check$/);
    await page.keyboard.press('Enter');
    await page.locator('.preview').waitFor();
    await page.locator('#target').focus();
    await page.keyboard.press('Control+Enter');
    await page.locator('#result-heading:focus').waitFor();
    expect(session.edited).toMatchObject([{ prompt: { text: 'Ada was born in' }, target: ' London' }]);
    expect(await said()).toContain('Unrelated prompts unchanged: 3 of 3');

    await tabTo(/^Undo$/);
    await page.keyboard.press('Enter');
    await page.locator('.verdict', { hasText: 'Taken back' }).waitFor();
    expect(controller.state.result!.undone).toBe(true);
    await page.locator('#result-heading:focus').waitFor();
    await tabTo(/^Edit again$/);
    await page.keyboard.press('Enter');
    await page.locator('#target:focus').waitFor();
    expect(await page.locator('#target').inputValue()).toBe(' London');
    expect(asked).toEqual(['edited 1']);
    await bench.close();
  });

  it('stops with Escape, and keeps the focus where it was', async () => {
    const session = new FakeSession();
    // Slow enough for a key to come before the end of the answer, on any machine.
    session.milliseconds = 500;
    const { page } = await open(session);
    await page.locator('#prompt-text').fill('Ada');
    await page.locator('.generate').focus();
    await page.keyboard.press('Enter');
    await page.locator('grace-token-list .token').nth(1).waitFor();
    expect(await focused()).toMatch(/^Stop/);
    await page.keyboard.press('Escape');
    await page.locator('.answer-foot', { hasText: 'Stopped.' }).waitFor();
    expect(await focused()).toMatch(/^Generate/);
    await bench.close();
  });

  it('leads to the first token that shows anything', async () => {
    const session = new FakeSession();
    session.answer = [...tokensOf(' was born').map((token) => ({ ...token, text: '' })), ...session.answer];
    const { page } = await open(session);
    await page.locator('#prompt-text').fill('Ada');
    await page.keyboard.press('Control+Enter');
    await ended(page);
    await tabTo(/^was$/);
    await page.keyboard.press('Control+a');
    await page.keyboard.press('e');
    await page.locator('#target:focus').waitFor();
    await bench.close();
  });

  it('calls the learning of an edit off', async () => {
    const { page, session } = await open();
    bench.controller.showDraft({
      prompt: { kind: 'text', text: 'Ada was born in' },
      wrong: ' Oslo',
      target: ' London',
      ends: false,
    });
    bench.focus('target');
    await page.locator('#target:focus').waitFor();
    session.milliseconds = 60;
    await tabTo(/^Apply$/);
    await page.keyboard.press('Enter');
    await page.getByText(/Learning: step [1-9]/).waitFor();
    expect(await focused()).toBe('Cancel');
    await page.keyboard.press('Enter');
    await page.getByText('nothing was changed').waitFor();
    expect(await page.locator('#target').inputValue()).toBe(' London');
    await bench.close();
  });

  it('writes a chat: adds, moves and removes messages', async () => {
    const { page, controller } = await open();
    await page.getByRole('radio', { name: 'Text' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByLabel('Message 1', { exact: true }).fill('Hello');
    await page.getByRole('button', { name: 'Add a message' }).press('Enter');
    await expect.poll(focused).toBe('Message 2');
    await page.keyboard.type('Hello to you');
    await page.keyboard.press('Alt+ArrowUp');
    await expect.poll(focused).toBe('Message 1');
    await page.getByRole('button', { name: 'Remove message 2' }).press('Enter');
    await expect
      .poll(() => controller.state.prompt)
      .toMatchObject({ kind: 'chat', messages: [{ role: 'assistant', content: 'Hello to you' }] });
    await bench.close();
  });

  it('goes from the decision to the edit in the codebook', async () => {
    const session = new FakeSession();
    session.decision = DECISION_FIRED;
    const { page, asked } = await open(session);
    await page.locator('#prompt-text').fill('Ada');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Edit 12 fired (distance 3.1 of radius 5.0)').waitFor();
    await page.getByRole('button', { name: 'Edit 12', exact: true }).press('Enter');
    await expect.poll(() => asked).toEqual(['revealEdit 12']);
    session.decision = DECISION_NEAR;
    await page.locator('.generate').press('Enter');
    await page.getByText('No edit fired; nearest is edit 4, 2.3 outside').waitFor();
    await page.getByRole('button', { name: 'edit 4', exact: true }).press('Enter');
    await expect.poll(() => asked).toEqual(['revealEdit 12', 'revealEdit 4']);
    await bench.close();
  });
});

describe('the Edit Bench with a mouse', () => {
  it('snaps a selection to tokens', async () => {
    const { page, controller } = await open();
    await page.locator('#prompt-text').fill('Ada');
    await page.keyboard.press('Control+Enter');
    await ended(page);
    const from = (await page.locator('.tokens .token', { hasText: 'Oslo' }).boundingBox())!;
    const to = (await page.locator('.tokens .token', { hasText: '1931' }).boundingBox())!;
    await page.mouse.move(from.x + from.width * 0.6, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(to.x + to.width * 0.3, to.y + to.height / 2, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => page.locator('[aria-selected=true]').allInnerTexts()).toEqual([' Oslo', ' in', ' 1931.']);
    await page.getByRole('button', { name: 'Edit this' }).click();
    await page.locator('#target:focus').waitFor();
    expect(controller.state.draft).toMatchObject({ wrong: ' Oslo in 1931.', ends: true });
    await bench.close();
  });

  it('opens the ways to a model', async () => {
    const { page, asked } = await open(new FakeSession(null));
    await page.getByRole('button', { name: 'Try the demo' }).click();
    await page.getByRole('button', { name: 'Open a model' }).click();
    await expect.poll(() => asked).toEqual(['tryDemo', 'openModel']);
    await bench.close();
  });
});

describe('the page', () => {
  it('shows all of it again when it is loaded anew', async () => {
    const { page } = await open();
    await page.locator('#prompt-text').fill('Ada');
    await page.keyboard.press('Control+Enter');
    await ended(page);
    await page.locator('.tokens .token', { hasText: 'Oslo' }).focus();
    await page.keyboard.press('e');
    await page.locator('#target:focus').waitFor();
    await page.keyboard.type(' Lon');
    // The host is told before the page goes, not after a pause.
    await page.evaluate(`window.dispatchEvent(new Event('pagehide'))`);
    await page.reload();
    await page.locator('#target').waitFor();
    expect(await page.locator('#target').inputValue()).toBe(' Lon');
    expect(await page.locator('#prompt-text').inputValue()).toBe('Ada');
    expect(await page.locator('.tokens').innerText()).toContain('Oslo');
    await bench.close();
  });

  it('asks for the state again when an event was lost', async () => {
    const { page } = await open();
    await page.evaluate(
      `window.postMessage({ kind: 'call', id: 999, method: 'event', params: { kind: 'losses', revision: 1e6, losses: [] } })`,
    );
    await page.locator('#prompt-text').fill('Ada');
    await page.keyboard.press('Control+Enter');
    await ended(page);
    await bench.close();
  });
});
