import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { comment, editRow, exported, modelIsOpen, PROMPT, transcript, TRUTH, types, WRONG } from './support/demo.ts';
import { until } from './support/eventually.ts';
import { useWorkbench } from './support/use-workbench.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'grace-five-minutes-'));
const workspace = path.join(folder, 'workspace');
const elsewhere = path.join(folder, 'not-to-be-opened');
mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
writeFileSync(
  path.join(workspace, '.vscode', 'settings.json'),
  JSON.stringify({
    'grace.model.path': elsewhere,
    'grace.model.folders': [elsewhere],
    'grace.codebook.location': 'workspace',
  }),
);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

// The folder is not trusted: the demo does not ask for that, and nothing that the folder says of paths is followed.
const vscode = useWorkbench({ workspaceTrust: true, workspace });

it('goes through the first five minutes by keyboard alone', async () => {
  const { workbench } = vscode;
  const { page } = workbench;
  const { keyboard } = page;
  await workbench.statusItem('Restricted Mode').waitFor();

  // The transcript has the keyboard, with the wrong sentence selected.
  await workbench.typeCommand('GRACE: Try the Demo');
  await transcript(workbench).locator('.squiggly-warning').first().waitFor();
  await modelIsOpen(workbench);
  await keyboard.press('Control+Alt+E');
  await comment(workbench).locator('.comment-form .monaco-editor.focused').waitFor();
  await keyboard.type(TRUTH);
  await keyboard.press('Control+Enter');
  // The reply is sent, and the document has the keyboard again; whoever goes elsewhere meanwhile stays there.
  await page.locator('.editor-instance .monaco-editor.focused[data-uri^="untitled:"]').waitFor();
  await workbench.typeCommand('GRACE: Focus on Model View');
  await expect.poll(() => comment(workbench).innerText(), { timeout: 60_000 }).toContain('8 of 8');
  await workbench.notification('Edit 1 is made.').waitFor();
  await workbench.view('Model').locator('.monaco-list:focus-within').waitFor();

  // Space on the row unticks it.
  await workbench.typeCommand('GRACE: Focus on Codebook View');
  await editRow(workbench).waitFor();
  const tree = workbench.view('Codebook');
  await until(tree.locator('.monaco-list-row.focused'), () => keyboard.press('ArrowDown'));
  await until(tree.locator('.monaco-list-row[aria-label*="Disabled"]'), () => keyboard.press('Space'));
  await workbench.typeCommand('GRACE: Open Edit Bench');
  await types(workbench, PROMPT, WRONG);

  await workbench.typeCommand('GRACE: Focus on Codebook View');
  await until(tree.locator('.monaco-list-row[aria-label*="Live"]'), () => keyboard.press('Space'));
  await workbench.typeCommand('GRACE: Open Edit Bench');
  await types(workbench, '', TRUTH);

  await exported(workbench, path.join(folder, 'codebook.safetensors'));

  // Other models are not offered, and nothing is written into the folder.
  await workbench.typeCommand('GRACE: Open Model…');
  await workbench.quickPicks.filter({ hasText: 'Manage Workspace Trust' }).waitFor();
  expect(await workbench.quickPicks.filter({ hasText: 'Choose a' }).count()).toBe(0);
  await keyboard.press('Escape');
  expect(existsSync(path.join(workspace, '.grace'))).toBe(false);
  expect(workbench.errors).toEqual([]);
});
