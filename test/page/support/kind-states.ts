import {
  END_TOKEN,
  FakeSession,
  openAnswering,
  openClassifier,
  openMasked,
  token,
  tokensOf,
} from '../../support/bench-session.ts';
import type { BenchPage } from './bench-page.ts';
import type { BenchSight } from './bench-states.ts';

const TALL = { width: 1240, height: 1100 };

export function classifying(labels?: readonly string[]): FakeSession {
  const session = new FakeSession(openClassifier(labels));
  session.setEdits([1, 2]);
  return session;
}

export function filling(): FakeSession {
  const session = new FakeSession(openMasked());
  session.answer = [token('oslo', 0.62), token('king', 0.31)];
  session.finish = 'filled';
  return session;
}

export function answering(): FakeSession {
  const session = new FakeSession(openAnswering());
  session.answer = [...tokensOf('It is in Oslo now'), END_TOKEN];
  return session;
}

/** Types a text and asks the model. */
export async function ask({ page }: BenchPage, text: string): Promise<void> {
  await page.locator('#prompt-text').fill(text);
  await page.keyboard.press('Control+Enter');
  await page.locator('.answer-foot').first().waitFor();
}

async function classify(bench: BenchPage): Promise<void> {
  await ask(bench, 'somebody took my card yesterday');
}

async function beginLabel(bench: BenchPage): Promise<void> {
  await classify(bench);
  await bench.page.getByRole('button', { name: 'Edit the label' }).click();
  await bench.page.locator('#target:focus').waitFor();
}

/** What the page looks like with models that tell labels, fill in masks, or answer. */
export const KIND_SIGHTS: readonly BenchSight[] = [
  { name: 'labels-ready', options: () => ({ session: classifying() }) },
  { name: 'labels', options: () => ({ session: classifying() }), reach: classify },
  {
    name: 'labels-all',
    options: () => ({ session: classifying() }),
    reach: async (bench) => {
      await classify(bench);
      await bench.page.getByRole('button', { name: 'Show all 16 labels' }).click();
    },
  },
  {
    name: 'labels-compared',
    options: () => ({ session: classifying() }),
    reach: async (bench) => {
      await bench.page.getByLabel('Compare with and without edits').check();
      await classify(bench);
      await bench.page.getByRole('heading', { name: 'Without edits' }).waitFor();
      await bench.page.getByRole('cell', { name: '91%' }).waitFor();
    },
  },
  { name: 'label-edit', options: () => ({ session: classifying(), size: TALL }), reach: beginLabel },
  {
    name: 'label-filtered',
    options: () => ({ session: classifying(), size: TALL }),
    reach: async (bench) => {
      await beginLabel(bench);
      await bench.page.keyboard.type('card');
      await bench.page.getByRole('radio', { name: 'damaged_card' }).check();
    },
  },
  {
    name: 'label-few',
    options: () => ({ session: classifying(['complaint', 'praise', 'question']) }),
    reach: async (bench) => {
      bench.session.classes = [
        { id: 2, label: 'question', logprob: Math.log(0.7) },
        { id: 0, label: 'complaint', logprob: Math.log(0.25) },
        { id: 1, label: 'praise', logprob: Math.log(0.05) },
      ];
      await beginLabel(bench);
    },
  },
  {
    name: 'label-result',
    options: () => ({ session: classifying(), size: TALL }),
    reach: async (bench) => {
      await beginLabel(bench);
      await bench.page.keyboard.type('freeze');
      await bench.page.keyboard.press('Enter');
      await bench.page.keyboard.press('Control+Enter');
      await bench.page.locator('.result').waitFor();
    },
  },
  {
    name: 'masks',
    options: () => ({ session: filling() }),
    reach: (bench) => ask(bench, 'In [MASK] lives a [MASK].'),
  },
  {
    name: 'mask-edit',
    options: () => ({ session: filling(), size: TALL }),
    reach: async (bench) => {
      await ask(bench, 'In [MASK] lives a [MASK].');
      await bench.page.getByRole('button', { name: 'Edit the words' }).click();
      await bench.page.locator('#target:focus').waitFor();
      await bench.page.keyboard.type('bergen queen');
    },
  },
  {
    name: 'answer-part',
    options: () => ({ session: answering(), size: TALL }),
    reach: async (bench) => {
      await ask(bench, 'Where is the head office?');
      await bench.page.locator('.tokens .token', { hasText: 'Oslo' }).focus();
      await bench.page.keyboard.press('e');
      await bench.page.locator('#target:focus').waitFor();
      await bench.page.keyboard.type('Bergen');
    },
  },
  {
    name: 'labels-narrow',
    options: () => ({ session: classifying(), size: { width: 420, height: 1700 } }),
    reach: beginLabel,
  },
];
