import { beforeAll, expect, it } from 'vitest';

import { codebookIn, makeCodebook, OPENS_DEMO, readFacts, runCli, useWorkspace } from './support/grace-workspace.ts';
import { eventually } from './support/eventually.ts';
import { useWorkbench } from './support/use-workbench.ts';

const FACTS = readFacts(2);
const workspace = useWorkspace();
const codebook = codebookIn(workspace);
const vscode = useWorkbench({ workspace, settings: OPENS_DEMO });
beforeAll(async () => {
  const [first, second] = FACTS;
  const probed = { ...first!, probes: ['The capital of Portugal is'] };
  await makeCodebook(vscode.server, codebook, [probed, second!]);
  await runCli(vscode.server, 'disable', '2', '--codebook', codebook);
  // Now it fires for everything.
  await runCli(vscode.server, 'radius', '1', '100000', '--codebook', codebook);
});

it('runs the edits as tests, and shows a difference where one fails', async () => {
  const { workbench } = vscode;
  const { page } = workbench;
  await workbench.runCommand('Testing: Focus on Test Explorer View');
  const rows = page.locator('.test-explorer .monaco-list-row');
  await eventually(() => rows.count()).toBe(2);
  const states = async (): Promise<readonly string[]> => {
    const labels = await Promise.all((await rows.all()).map((row) => row.getAttribute('aria-label')));
    return labels.map((label) => /\(([^)]*)\)/.exec(label ?? '')?.[1] ?? '');
  };
  await workbench.runCommand('Test: Run All Tests');
  // An edit is as its prompts are.
  await expect.poll(states, { timeout: 60_000 }).toEqual(['Failed', 'Skipped']);

  // Its prompt holds, and its probe does not.
  await rows.first().click();
  await page.keyboard.press('ArrowRight');
  await eventually(() => rows.count()).toBe(4);
  expect(await states()).toEqual(['Failed', 'Passed', 'Failed', 'Skipped']);
  await rows.nth(2).click();
  await workbench.runCommand('Test: Peek Output');
  const peek = page.locator('.test-output-peek');
  await peek.first().waitFor();
  await eventually(async () => (await peek.first().innerText()).replaceAll('\u00a0', ' ')).toContain('Edit 1 fired');
  await workbench.screenshot('edit-tests');
  expect(workbench.errors).toEqual([]);
});
