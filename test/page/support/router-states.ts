import {
  FakeSession,
  openTwoPart,
  REACH,
  TWO_PART_FIRED,
  TWO_PART_NEAR,
  CALIBRATED,
  openModel,
} from '../../support/bench-session.ts';
import type { SuggestedNegative } from '../../../src/protocol/edit-suggestions.ts';
import type { BenchPage } from './bench-page.ts';
import type { BenchSight } from './bench-states.ts';

const TALL = { width: 1240, height: 1300 };

/** Questions about the same subject, of which the first would fire. */
export const SUGGESTED: readonly SuggestedNegative[] = [
  { prompt: { kind: 'text', text: 'When was Astrid Lund born?' }, score: 0.52 },
  { prompt: { kind: 'text', text: 'Where did Astrid Lund die?' }, score: 0.37 },
  { prompt: { kind: 'text', text: 'What does Astrid Lund do for a living?' }, score: 0.08 },
];

export function twoPart(decision = TWO_PART_FIRED): FakeSession {
  const session = new FakeSession(openTwoPart());
  session.setEdits([4, 9, 12]);
  session.decision = decision;
  session.negatives = SUGGESTED;
  session.checked = { ...session.checked, reach: REACH };
  return session;
}

export async function generate({ page }: BenchPage): Promise<void> {
  await page.locator('#prompt-text').fill('Astrid Lund');
  await page.keyboard.press('Control+Enter');
  await page.locator('.answer-foot', { hasText: 'The model ended its answer.' }).first().waitFor();
}

/** Begins an edit of one word of the answer. */
export async function beginEdit(bench: BenchPage): Promise<void> {
  await generate(bench);
  await bench.page.locator('.tokens .token', { hasText: 'Oslo' }).first().focus();
  await bench.page.keyboard.press('e');
  await bench.page.locator('#target:focus').waitFor();
  await bench.page.keyboard.type(' Trondheim');
  await bench.page.locator('#subject').waitFor();
}

export async function suggest(bench: BenchPage): Promise<void> {
  await beginEdit(bench);
  await bench.page.locator('.reach > summary').click();
  await bench.page.getByRole('button', { name: 'Suggest some' }).click();
  await bench.page.locator('.suggestions li').first().waitFor();
}

/** Answers three ways. */
export async function threeWays(bench: BenchPage): Promise<void> {
  await bench.page.getByLabel('Compare with and without edits').check();
  await bench.page.getByLabel('Compare with the fact in the prompt').check();
  await generate(bench);
  await bench.page.locator('.told').waitFor();
}

/** What the page looks like where the two-part router decides, or could. */
export const ROUTER_SIGHTS: readonly BenchSight[] = [
  { name: 'router-uncalibrated' },
  {
    name: 'router-calibrated',
    options: () => ({
      session: new FakeSession({ ...openModel(), router: { inUse: 'grace', calibrated: CALIBRATED, missing: [] } }),
    }),
  },
  {
    name: 'router-fired',
    options: () => ({ session: twoPart() }),
    reach: async (bench) => {
      await generate(bench);
      await bench.page.locator('.why summary').click();
    },
  },
  {
    name: 'router-near',
    options: () => ({ session: twoPart(TWO_PART_NEAR) }),
    reach: async (bench) => {
      await generate(bench);
      await bench.page.locator('.why summary').click();
    },
  },
  { name: 'router-three-ways', options: () => ({ session: twoPart() }), reach: threeWays },
  { name: 'router-edit', options: () => ({ session: twoPart() }), reach: beginEdit },
  {
    name: 'router-subject-wanted',
    options: () => {
      const session = twoPart();
      session.guess = '';
      return { session };
    },
    reach: async (bench) => {
      await beginEdit(bench);
      await bench.page.getByText('The prompt has no name and no number').waitFor();
    },
  },
  { name: 'router-suggestions', options: () => ({ session: twoPart(), size: TALL }), reach: suggest },
  {
    name: 'router-checked',
    options: () => ({ session: twoPart(), size: TALL }),
    reach: async (bench) => {
      await suggest(bench);
      await bench.page.getByRole('button', { name: 'Must not fire: When was Astrid Lund born?' }).click();
      await bench.page.getByLabel('Strictness').selectOption('own');
      await bench.page.getByRole('button', { name: 'Check', exact: true }).click();
      await bench.page.locator('.preview').waitFor();
    },
  },
];
