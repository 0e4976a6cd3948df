import { CodedError } from '../../../src/protocol/coded-error.ts';
import type { MovedEdit } from '../../../src/protocol/edit.ts';
import {
  DECISION_FIRED,
  DECISION_NEAR,
  END_TOKEN,
  FakeSession,
  openModel,
  tokensOf,
} from '../../support/bench-session.ts';
import type { BenchPage, BenchPageOptions } from './bench-page.ts';

/** Something that the Edit Bench can show, and the way to it. */
export interface BenchSight {
  readonly name: string;
  readonly options?: () => BenchPageOptions;
  readonly reach?: (bench: BenchPage) => Promise<void>;
}

const LONG =
  ' was born in Oslo in 1931, the second of four children. She studied mathematics at the university there,' +
  ' and later taught in Bergen.\n\nHer best known work is a proof that every map of the fjords can be folded' +
  ' in nine steps; it was found again, by chance, in the attic of a school.';

const moved = (edit: number): MovedEdit => ({ edit, key: 0, fired: 1, firesNow: null });

function answering(): FakeSession {
  const session = new FakeSession();
  session.answer = [...tokensOf(LONG), END_TOKEN];
  session.unedited = [...tokensOf(LONG.replace('Oslo', 'Bergen').replace('1931', '1929')), END_TOKEN];
  session.decision = DECISION_NEAR;
  session.setEdits([1, 2, 3, 4]);
  return session;
}

async function generate({ page }: BenchPage): Promise<void> {
  await page.locator('#prompt-text').fill('Astrid Lund');
  await page.keyboard.press('Control+Enter');
  await page.locator('.answer-foot', { hasText: 'The model ended its answer.' }).first().waitFor();
}

/** Selects the tokens of a text, as one does with the keyboard. */
async function select({ page }: BenchPage, text: string): Promise<void> {
  await page.locator('.tokens .token', { hasText: text }).first().focus();
  await page.keyboard.press('Shift+ArrowRight');
}

async function beginEdit(bench: BenchPage): Promise<void> {
  await generate(bench);
  await select(bench, 'Oslo');
  await bench.page.keyboard.press('e');
  await bench.page.locator('#target:focus').waitFor();
  await bench.page.keyboard.type(' Trondheim in');
}

async function apply(bench: BenchPage): Promise<void> {
  await beginEdit(bench);
  await bench.page.getByRole('button', { name: 'Apply' }).click();
  await bench.page.locator('.result').waitFor();
}

/** Everything that the page can look like. */
export const SIGHTS: readonly BenchSight[] = [
  { name: 'welcome', options: () => ({ session: new FakeSession(null) }) },
  { name: 'ready' },
  {
    name: 'settings',
    reach: async ({ page }) => {
      await page.locator('.prompt .fold summary').click();
      await page.getByRole('button', { name: 'Add a stop string' }).click();
      await page.locator('.text-item textarea:focus').waitFor();
      await page.keyboard.type('\\n\\n');
    },
  },
  {
    name: 'generating',
    options: () => {
      const session = answering();
      session.milliseconds = 40;
      return { session };
    },
    reach: async ({ page }) => {
      await page.locator('#prompt-text').fill('Astrid Lund');
      await page.keyboard.press('Control+Enter');
      await page.locator('.tokens .token').nth(12).waitFor();
    },
  },
  { name: 'output', options: () => ({ session: answering() }), reach: generate },
  {
    name: 'token',
    options: () => ({ session: answering() }),
    reach: async (bench) => {
      await generate(bench);
      await bench.page.locator('.tokens .token').nth(4).hover();
      await bench.page.locator('.token-details').waitFor();
    },
  },
  {
    name: 'selected',
    options: () => {
      const session = answering();
      session.decision = DECISION_FIRED;
      return { session };
    },
    reach: async (bench) => {
      await generate(bench);
      await select(bench, 'Oslo');
    },
  },
  {
    name: 'compared',
    options: () => ({ session: answering() }),
    reach: async (bench) => {
      await bench.page.getByLabel('Compare with and without edits').check();
      await generate(bench);
      await bench.page.getByRole('heading', { name: 'Without edits' }).waitFor();
      await bench.page.getByRole('button', { name: 'Generate' }).first().waitFor();
    },
  },
  {
    name: 'chat',
    reach: async ({ page }) => {
      await page.getByRole('radio', { name: 'Chat' }).check();
      await page.getByLabel('Message 1', { exact: true }).fill('Where was Astrid Lund born?');
      await page.getByRole('button', { name: 'Add a message' }).click();
      await page.locator('.message:last-of-type textarea:focus').waitFor();
      await page.keyboard.type('She was');
      await page.getByRole('button', { name: 'Show as the template renders it' }).click();
      await page.locator('.rendered').waitFor();
    },
  },
  { name: 'no-template', options: () => ({ session: new FakeSession(openModel(false)) }) },
  { name: 'edit', options: () => ({ session: answering() }), reach: beginEdit },
  {
    name: 'edit-in-full',
    options: () => ({ session: answering(), size: { width: 1240, height: 1400 } }),
    reach: async (bench) => {
      await beginEdit(bench);
      const { page } = bench;
      for (const summary of await page.locator('.edit .fold summary').all()) await summary.click();
      await page.getByRole('button', { name: 'Add a rephrasing' }).click();
      await page.locator('.text-item textarea:focus').waitFor();
      await page.keyboard.type('The mathematician Astrid Lund was born in');
      await page.getByRole('button', { name: 'Add a probe' }).click();
      await page.locator('.text-item textarea:focus').waitFor();
      await page.keyboard.type('Nils Lund was born in');
    },
  },
  {
    name: 'checked',
    options: () => {
      const session = answering();
      session.checked = {
        reach: null,
        action: 'split',
        outcome: {
          steps: [{ action: 'split', entry: 4, nearest: 2, distance: 3.2 }],
          orphans: [moved(2)],
          displaced: [moved(3), moved(4)],
          relabelled: [],
        },
      };
      return { session };
    },
    reach: async (bench) => {
      await beginEdit(bench);
      await bench.page.getByRole('button', { name: 'Check' }).click();
      await bench.page.locator('.preview').waitFor();
    },
  },
  {
    name: 'learning',
    options: () => {
      const session = answering();
      session.steps = 100;
      return { session };
    },
    reach: async (bench) => {
      await beginEdit(bench);
      bench.session.milliseconds = 50;
      await bench.page.getByRole('button', { name: 'Apply' }).click();
      await bench.page.getByText(/step \d\d of/).waitFor();
    },
  },
  { name: 'result', options: () => ({ session: answering(), size: { width: 1240, height: 1100 } }), reach: apply },
  {
    name: 'result-missed',
    options: () => {
      const session = answering();
      session.result = {
        success: false,
        action: 'split',
        rows: 4,
        after: ' was born in Trond in 1931.',
        orphans: [moved(2)],
        relabelled: [moved(3)],
        probes: [
          {
            prompt: { kind: 'text', text: 'The capital of France is' },
            before: ' Paris.',
            after: ' Paris.',
            unchanged: true,
          },
          {
            prompt: { kind: 'text', text: 'Nils Lund was born in' },
            before: ' Oslo.',
            after: ' Trond.',
            unchanged: false,
          },
        ],
      };
      return { session, size: { width: 1240, height: 1100 } };
    },
    reach: async (bench) => {
      await apply(bench);
      await bench.page.locator('.probes summary').first().click();
    },
  },
  {
    name: 'undone',
    options: () => ({ session: answering() }),
    reach: async (bench) => {
      await apply(bench);
      await bench.page.getByRole('button', { name: 'Undo' }).click();
      await bench.page.locator('.verdict', { hasText: 'Taken back' }).waitFor();
    },
  },
  {
    name: 'problem',
    options: () => {
      const session = answering();
      session.failure = new CodedError(
        'connection-closed',
        'The engine has ended unexpectedly.',
        'Restart it, or look into its log.',
      );
      return { session };
    },
    reach: async ({ page }) => {
      await page.locator('#prompt-text').fill('Astrid Lund');
      await page.keyboard.press('Control+Enter');
      await page.locator('.problem').waitFor();
    },
  },
  {
    name: 'read-only',
    options: () => ({ session: answering() }),
    reach: async (bench) => {
      bench.session.setEdits([1, 2], 'Another window writes to this codebook.');
      await beginEdit(bench);
    },
  },
  {
    name: 'narrow',
    options: () => ({ session: answering(), size: { width: 420, height: 1500 } }),
    reach: beginEdit,
  },
];
