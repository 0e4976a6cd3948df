import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { comment, editRow, exported, modelIsOpen, PROMPT, transcript, TRUTH, types, WRONG } from './support/demo.ts';
import { useWorkbench } from './support/use-workbench.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'grace-five-minutes-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

// No folder is open, and the window is not trusted: the demo asks for neither.
const vscode = useWorkbench({ workspaceTrust: true });

it('goes through the first five minutes by keyboard alone', async () => {
  const { workbench } = vscode;
  const { page } = workbench;
  const { keyboard } = page;

  // The transcript has the keyboard, with the wrong sentence selected.
  await workbench.typeCommand('GRACE: Try the Demo');
  await transcript(workbench).locator('.squiggly-warning').first().waitFor();
  await modelIsOpen(workbench);
  await keyboard.press('Control+Alt+E');
  await comment(workbench).locator('.comment-form .monaco-editor.focused').waitFor();
  await keyboard.type(TRUTH);
  await keyboard.press('Control+Enter');
  await expect.poll(() => comment(workbench).innerText(), { timeout: 60_000 }).toContain('8 of 8');

  // Space on the row unticks it.
  await workbench.typeCommand('GRACE: Focus on Codebook View');
  await editRow(workbench).waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('Space');
  await expect.poll(() => editRow(workbench).getAttribute('aria-label'), { timeout: 10_000 }).toMatch(/disabled/i);
  await workbench.typeCommand('GRACE: Open Edit Bench');
  await types(workbench, PROMPT, WRONG);

  await workbench.typeCommand('GRACE: Focus on Codebook View');
  await keyboard.press('Space');
  await expect.poll(() => editRow(workbench).getAttribute('aria-label'), { timeout: 10_000 }).toMatch(/live/i);
  await workbench.typeCommand('GRACE: Open Edit Bench');
  await types(workbench, '', TRUTH);

  await exported(workbench, path.join(folder, 'codebook.safetensors'));
  expect(workbench.errors).toEqual([]);
});
