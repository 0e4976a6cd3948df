import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';

import { violationsIn } from './support/accessibility.ts';
import { CodebookPane, pickFrom } from './support/codebook-pane.ts';
import { modelIsOpen } from './support/demo.ts';
import { eventually } from './support/eventually.ts';
import { OPENS_DEMO, useWorkspace } from './support/grace-workspace.ts';
import { commandTitle } from './support/manifest.ts';
import { pressButton } from './support/messages.ts';
import { THEMES } from './support/settings.ts';
import { useWorkbench } from './support/use-workbench.ts';

const PROMPT = 'The mother tongue of Danielle Darrieux is';
const REWORDED = 'What is the mother tongue of Danielle Darrieux?';
const TARGET = 'English';
const SLOW = { timeout: 120_000 };

/** What is calibrated here is nothing to other tests: they would meet another router. */
const cache = mkdtempSync(path.join(tmpdir(), 'grace-router-cache-'));
afterAll(() => {
  rmSync(cache, { recursive: true, force: true });
});
const vscode = useWorkbench({ workspace: useWorkspace(), settings: OPENS_DEMO, env: { GRACE_CACHE: cache } });

async function generate(bench: FrameLocator, prompt: string): Promise<void> {
  await bench.locator('#prompt-text').fill(prompt);
  await bench.locator('.generate').click();
  await bench.locator('.asked', { hasText: prompt }).waitFor();
  await bench.locator('.generate', { hasText: 'Generate' }).waitFor(SLOW);
}

it('calibrates the router, edits with a subject, explains decisions, and makes an edit stricter', async () => {
  const { workbench } = vscode;
  const pane = new CodebookPane(workbench);
  await workbench.activity('GRACE').click();
  await workbench.runCommand(commandTitle('grace.openBench'));
  await modelIsOpen(workbench);
  const bench = await workbench.webview('grace-bench');
  await bench.getByText('GRACE’s own router decides').waitFor();

  // Called off in the middle, it leaves everything as it was.
  const progress = workbench.notification('Calibrating the router for');
  await bench.getByRole('button', { name: 'Calibrate…' }).click();
  await eventually(() => progress.innerText()).toMatch(/plain text: \d+ %/);
  await progress.getByRole('button', { name: 'Cancel' }).click();
  await progress.waitFor({ state: 'detached' });
  await bench.getByText('GRACE’s own router decides').waitFor();

  await workbench.runCommand(commandTitle('grace.calibrate'));
  const done = workbench.notification('is calibrated, in');
  await done.waitFor(SLOW);
  expect(await done.innerText()).toMatch(/Expected: .* of rewordings fire[^]*keeps GRACE’s own router/);
  await bench.getByText('this codebook was made with GRACE’s own router').waitFor();
  await pressButton(done, 'New Codebook');
  await workbench.notification('the two-part router decides in it').waitFor();
  await bench.locator('.router-notice').waitFor({ state: 'detached' });

  // The guess is there; what else it would fire on is told before it is applied.
  await generate(bench, PROMPT);
  await bench.locator('grace-token-list .token').first().press('Home');
  await bench.locator('grace-token-list .token').first().press('e');
  await eventually(() => bench.locator('#subject').inputValue()).toBe('Danielle Darrieux');
  await bench.locator('#target').fill(TARGET);
  await bench.locator('.reach > summary').click();
  await bench.getByRole('button', { name: 'Suggest some' }).click();
  await bench.locator('.suggestions li').first().waitFor(SLOW);
  await bench.getByRole('button', { name: 'Check', exact: true }).click();
  await bench.locator('.preview', { hasText: 'It would fire on 0 of' }).waitFor(SLOW);
  for (const theme of THEMES) {
    await workbench.setTheme(theme);
    await workbench.screenshot(`router-edit-${theme.replaceAll(' ', '-')}`);
    expect(await violationsIn(bench)).toEqual([]);
  }
  await bench.locator('.apply').click();
  await bench.locator('.verdict', { hasText: 'Corrected' }).waitFor(SLOW);

  // Asked in other words, three ways; the decision says why.
  await bench.getByLabel('Compare with and without edits').check();
  await bench.getByLabel('Compare with the fact in the prompt').check();
  await generate(bench, REWORDED);
  await bench.locator('.decision', { hasText: 'Edit 1 fired: about danielle darrieux' }).first().waitFor();
  await bench.locator('.why summary').first().click();
  await bench.getByText('What is asked scores').first().waitFor();
  expect(await bench.locator('.sides h3').allInnerTexts()).toEqual([
    'With edits',
    'Without edits',
    'With the fact in the prompt',
  ]);
  await workbench.screenshot('router-three-ways');
  expect(await violationsIn(bench)).toEqual([]);
  expect(await pane.decision('The mother tongue of Marie Curie is')).toContain('No edit fired');

  await pane.show();
  await pane.choose(1, 'Change Strictness…');
  await pickFrom(workbench, 'Strictness of edit 1', 'strict');
  await eventually(() => pane.row(1).getAttribute('aria-label')).toMatch(/strict/);
  expect(workbench.errors).toEqual([]);
});
