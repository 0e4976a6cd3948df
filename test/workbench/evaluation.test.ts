import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { expect, it } from 'vitest';

import { violationsIn } from './support/accessibility.ts';
import { eventually } from './support/eventually.ts';
import { useWorkspace } from './support/grace-workspace.ts';
import { THEMES } from './support/settings.ts';
import { useWorkbench } from './support/use-workbench.ts';
import type { Workbench } from './support/workbench.ts';

const workspace = useWorkspace();
const vscode = useWorkbench({ workspace });
const SLOW = { timeout: 90_000 };

const inModels = (name: string): string => path.resolve('models', name);
writeFileSync(
  path.join(workspace, 'short.json'),
  JSON.stringify({
    ...{ name: 'short', title: 'A short stream of new answers', model: inModels('questions'), task: 'questions' },
    data: {
      edits: inModels('data/question-facts.jsonl'),
      wordings: inModels('data/question-wordings.json'),
      unrelated: inModels('data/unrelated-questions.jsonl'),
    },
    ...{ size: 30, prompts: { unrelated: 20, holdout: 20 }, checkpoints: { every: 10, sample: 10 } },
    settings: { hook: 'encoder.block.2.layer.1.DenseReluDense.wo', policy: 'replace_prompt', radius: 1 },
    methods: ['none', 'grace'],
  }),
);

const page = (workbench: Workbench): Promise<FrameLocator> => workbench.webview('grace-evaluation');
const button = (evaluation: FrameLocator, name: string) => evaluation.getByRole('button', { name, exact: true });
const keys = (evaluation: FrameLocator) => evaluation.locator('grace-figure', { hasText: 'Map of the keys' });

it('runs an experiment, stops, resumes, opens the edit behind a point, and exports', { timeout: 480_000 }, async () => {
  const { workbench, server } = vscode;
  await workbench.runCommand('GRACE: Open Evaluation');
  let evaluation = await page(workbench);
  // The demo model's experiment is there at once, and nothing is asked for.
  await evaluation.getByText('Fabricated sentences in biographies').waitFor(SLOW);
  await button(evaluation, 'Open another…').click();
  await workbench.quickInput.waitFor();
  await workbench.answerFile(path.join(workspace, 'short.json'));
  await evaluation.getByText('A short stream of new answers').waitFor(SLOW);

  await button(evaluation, 'Run').click();
  await evaluation.locator('.running strong', { hasText: 'GRACE' }).waitFor(SLOW);
  await button(evaluation, 'Stop').click();
  await button(evaluation, 'Resume').waitFor(SLOW);
  const run = path.join(workspace, '.grace', 'runs', 'short');
  const file = path.join(run, 'grace', 'log.jsonl');
  // A quick machine may have been stopped before the first line.
  const log = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  expect(log()).not.toContain('"op":"checkpoint","edits":30');

  // A new window shows the same run, and goes on with it.
  await workbench.reload();
  evaluation = await page(workbench);
  await button(evaluation, 'Resume').click(SLOW);
  // The run goes on while the page is hidden.
  await workbench.runCommand('File: New Untitled Text File');
  await eventually(() => workbench.webviews().count()).toBe(0);
  await expect.poll(() => log().includes('"op":"checkpoint","edits":30'), SLOW).toBe(true);
  await workbench.tab('Evaluation').click();
  evaluation = await page(workbench);
  await button(evaluation, 'Run').waitFor(SLOW);

  await keys(evaluation).locator('[data-edit]').first().click({ force: true });
  await workbench.tab('Edit ').first().waitFor();
  const document = workbench.page.locator('.editor-instance .monaco-editor[data-uri^="grace-report:"]');
  await eventually(async () => (await document.innerText()).replaceAll('\u00a0', ' ')).toContain('by grace in short');

  await workbench.tab('Evaluation').click();
  evaluation = await page(workbench);
  await button(evaluation, 'Export…').click(SLOW);
  await workbench.pick('CSV');
  await workbench.page.getByText('Folder to Export to').waitFor();
  await workbench.answerFile(`${workspace}${path.sep}`);
  await workbench.notification('1 files written').waitFor();
  expect(readFileSync(path.join(workspace, 'short.csv'), 'utf8')).toContain('grace,30,');
  expect(existsSync(path.join(workspace, '.grace', 'runs', 'short', 'run.json'))).toBe(true);

  for (const theme of THEMES) {
    await workbench.setTheme(theme);
    evaluation = await page(workbench);
    await keys(evaluation).locator('svg').waitFor(SLOW);
    await workbench.screenshot(`evaluation-${theme.replaceAll(' ', '-')}`);
    expect(await violationsIn(evaluation)).toEqual([]);
  }
  expect(await server.engines()).toHaveLength(1);
  expect(workbench.errors).toEqual([]);
});
