import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { answers, comment, editRow, exported, modelIsOpen, transcript, TRUTH, WRONG } from './support/demo.ts';
import { useWorkbench } from './support/use-workbench.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'grace-five-minutes-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

// No folder is open, and the window is not trusted: the demo asks for neither.
const vscode = useWorkbench({ workspaceTrust: true });

it('goes through the first five minutes with the mouse', async () => {
  const { workbench } = vscode;
  const { page } = workbench;

  // An empty codebook offers what to do.
  await workbench.activity('GRACE').click();
  const codebook = workbench.view('Codebook');
  for (const name of ['Try the demo', 'Open a model', 'What is this?']) {
    await codebook.getByRole('button', { name }).waitFor();
  }
  expect(await vscode.server.engines()).toEqual([]);

  // The demo: a model, and a transcript with a wrong sentence that is marked.
  await codebook.getByRole('button', { name: 'Try the demo' }).click();
  await transcript(workbench).locator('.squiggly-warning').first().waitFor();
  await modelIsOpen(workbench);

  // Right-click, write the truth, apply.
  await transcript(workbench)
    .locator('.view-line', { hasText: WRONG })
    .click({ button: 'right', position: { x: 200, y: 8 } });
  await workbench.menuItem('Edit this Output').click();
  await comment(workbench).locator('.comment-form .monaco-editor').first().click();
  await page.keyboard.type(TRUTH);
  await comment(workbench).getByRole('button', { name: 'Apply' }).click();
  await expect.poll(() => comment(workbench).innerText(), { timeout: 60_000 }).toContain('8 of 8');

  // The edit is in the codebook, and counted.
  await editRow(workbench).waitFor();
  await workbench.screenshot('five-minutes-edited');

  // Untick: the old answer is back. Tick: corrected.
  await workbench.runCommand('GRACE: Open Edit Bench');
  await answers(workbench, TRUTH);
  await editRow(workbench).getByRole('checkbox').click();
  await answers(workbench, WRONG);
  await editRow(workbench).getByRole('checkbox').click();
  await answers(workbench, TRUTH);
  await workbench.screenshot('five-minutes-bench');

  await exported(workbench, path.join(folder, 'codebook.safetensors'));
  expect(workbench.errors).toEqual([]);
});
