import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { radiusOf } from '../../src/protocol/two-part.ts';
import { CALIBRATED, FakeSession, openModel, TWO_PART_NEAR } from '../support/bench-session.ts';
import { launchChromium } from '../support/chromium.ts';
import { BenchPage } from './support/bench-page.ts';
import { beginEdit, generate, suggest, threeWays, twoPart } from './support/router-states.ts';

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

describe('an edit where the two-part router decides', () => {
  it('has the guess for a subject, and is told another one', async () => {
    const { page, session } = await open(twoPart());
    await beginEdit(bench);
    await expect.poll(() => page.locator('#subject').inputValue()).toBe('Astrid Lund');
    expect(await page.locator('#subject-help').innerText()).toContain('astrid, lund');
    await page.locator('.apply').click();
    await page.locator('#result-heading').waitFor();
    // What is guessed is not said, so that the engine's own choice holds.
    expect(session.edited[0]).not.toHaveProperty('subject');
    await page.locator('.undo').click();
    await page.getByRole('button', { name: 'Edit again' }).click();
    await page.locator('#subject').fill('Lund');
    await expect.poll(() => page.locator('#subject-help').innerText()).toContain(': lund.');
    await page.locator('.apply').click();
    await page.locator('#result-heading').waitFor();
    expect(session.edited[1]).toMatchObject({ subject: 'Lund' });
    await bench.close();
  });

  it('asks for a subject where the prompt names none', async () => {
    const session = twoPart();
    session.guess = '';
    const { page } = await open(session);
    await beginEdit(bench);
    await page.getByText('The prompt has no name and no number').waitFor();
    await page.locator('#subject').fill('the little mermaid');
    await expect.poll(() => page.locator('#subject-help').innerText()).toContain('little, mermaid');
    expect(await page.locator('#subject').getAttribute('aria-invalid')).toBe('false');
    await bench.close();
  });

  it('is as strict as is chosen, and says what to expect', async () => {
    const { page, session, controller } = await open(twoPart());
    await beginEdit(bench);
    const strictness = page.getByLabel('Strictness');
    expect(await strictness.inputValue()).toBe('balanced');
    await page.getByText('Expected: 92 % of rewordings fire, 97 % of other questions').waitFor();
    await strictness.selectOption('strict');
    await page.getByText('θ = 0.48.').waitFor();
    expect(controller.state.draft!.radius).toBeCloseTo(radiusOf(0.48));
    await strictness.selectOption('own');
    // On the way to 0.45 it is 0.4, which is a setting with a name.
    await page.getByLabel('Score from which it fires').fill('0.4');
    await page.getByLabel('Score from which it fires').pressSequentially('5');
    await page.getByText('θ = 0.45.').waitFor();
    await page.locator('.apply').click();
    await page.locator('#result-heading').waitFor();
    expect(session.edited[0]!.radius).toBeCloseTo(radiusOf(0.45));
    await bench.close();
  });

  it('says that a full codebook asks for more', async () => {
    const session = twoPart();
    session.floor = 0.53;
    const { page } = await open(session);
    await beginEdit(bench);
    await page.getByText('θ = 0.53: with so many edits').waitFor();
    await bench.close();
  });

  it('suggests what must not fire, by keyboard', async () => {
    const { page, session, controller } = await open(twoPart());
    await suggest(bench);
    expect(session.suggested).toEqual([[{ kind: 'text', text: 'Astrid Lund was born in' }, 'Astrid Lund']]);
    await page.getByText('It would fire on 1 of 3 other everyday questions').waitFor();
    await page.getByRole('button', { name: 'Must not fire: When was Astrid Lund born?' }).press('Enter');
    await expect.poll(() => controller.state.draft!.negatives).toEqual(['When was Astrid Lund born?']);
    expect(await page.locator('.suggestions li').count()).toBe(2);
    await bench.close();
  });

  it('is checked before it is applied', async () => {
    const { page, asked } = await open(twoPart());
    await beginEdit(bench);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    const preview = page.locator('.preview');
    await preview.getByText('It would fire on 0 of 1250 unrelated questions.').waitFor();
    await preview.getByText('asks nearly the same (score 0.47)').waitFor();
    expect(await preview.locator('.doubtful').count()).toBe(1);
    expect(await page.getByRole('status').innerText()).toContain('0 of 1250 unrelated questions');
    await preview.getByRole('button', { name: 'Edit 4' }).click();
    await expect.poll(() => asked).toEqual(['revealEdit 4']);
    await bench.close();
  });
});

describe('a decision of the two-part router', () => {
  it('explains itself', async () => {
    const { page, session } = await open(twoPart());
    await generate(bench);
    await page.getByText('Edit 12 fired: about astrid lund, what is asked scores 0.68, 0.40 is needed').waitFor();
    await page.locator('.why summary').press('Enter');
    await page.getByRole('heading', { name: 'Runner-up: edit 4' }).waitFor();
    expect(await page.locator('.reasons .fails').count()).toBe(1);
    session.decision = TWO_PART_NEAR;
    await generate(bench);
    await page.getByText('No edit fired; nearest is edit 4: about astrid lund without erika').waitFor();
    await bench.close();
  });

  it('is compared with the fact in the prompt', async () => {
    const { page, session } = await open(twoPart());
    await threeWays(bench);
    expect(await page.locator('.sides h3').allInnerTexts()).toEqual([
      'With edits',
      'Without edits',
      'With the fact in the prompt',
    ]);
    expect(session.generated.map(({ prompt, edits }) => [prompt, edits])).toEqual([
      [{ kind: 'text', text: 'Astrid Lund' }, true],
      [{ kind: 'text', text: 'Astrid Lund' }, false],
      [{ kind: 'text', text: 'The fact of edit 12.\nAstrid Lund' }, false],
    ]);
    session.decision = TWO_PART_NEAR;
    await generate(bench);
    await page.getByText('No edit fired, so there is no fact').waitFor();
    await bench.close();
  });
});

describe('GRACE’s own router', () => {
  it('says what calibration brings, and leads to it', async () => {
    const { page, asked, session } = await open(new FakeSession());
    await page.getByText('GRACE’s own router decides: an edit fires on its own prompt').waitFor();
    await page.getByRole('button', { name: 'Calibrate…' }).click();
    await expect.poll(() => asked).toEqual(['calibrate']);
    session.model = { ...openModel(), router: { inUse: 'grace', calibrated: CALIBRATED, missing: [] } };
    session.changed();
    await page.getByRole('button', { name: 'New codebook…' }).click();
    await expect.poll(() => asked).toEqual(['calibrate', 'createCodebook']);
    session.model = { ...openModel(), router: { inUse: 'two-part', calibrated: CALIBRATED, missing: [] } };
    session.changed();
    await page.locator('.router-notice').waitFor({ state: 'detached' });
    await bench.close();
  });
});
