import { cpSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';

import { answerTo, choosePath, CodebookPane, pickFrom } from './support/codebook-pane.ts';

import { eventually } from './support/eventually.ts';
import {
  codebookIn,
  makeCodebook,
  OPENS_DEMO,
  readFacts,
  readJournal,
  useWorkspace,
} from './support/grace-workspace.ts';
import { commandTitle } from './support/manifest.ts';
import { dismissMessage, pressButton, readMessage } from './support/messages.ts';
import { textIn } from './support/text-editor.ts';
import { useWorkbench } from './support/use-workbench.ts';

const EDITS = 5;
const FACTS = readFacts(EDITS);
const workspace = useWorkspace();
const codebook = codebookIn(workspace);
const pristine = path.join(workspace, 'pristine');
const other = path.join(workspace, 'other');

// Before the window is opened.
beforeEach(() => {
  rmSync(codebook, { recursive: true, force: true });
  cpSync(pristine, codebook, { recursive: true });
});
const vscode = useWorkbench({ workspace, settings: OPENS_DEMO });
beforeAll(async () => {
  await makeCodebook(vscode.server, pristine, FACTS);
  await makeCodebook(vscode.server, other, readFacts(EDITS + 1).slice(EDITS - 1));
});

const states = (state: string, ...edits: readonly number[]): readonly string[] =>
  edits.map((edit) => `Edit ${edit}, ${state}`);
const lastOps = (count: number): readonly unknown[] =>
  readJournal(codebook)
    .slice(-count)
    .map(({ op, edit }) => [op, edit]);

it('enables, disables and reverts edits', async () => {
  const { workbench } = vscode;
  const { page } = workbench;
  const pane = new CodebookPane(workbench);
  await pane.show();
  await eventually(() => pane.states()).toEqual(states('Live', 5, 4, 3, 2, 1));
  await eventually(() => pane.badge()).toBe(EDITS);

  // A box and its effect on the model.
  const { prompt } = FACTS[1]!;
  expect(await pane.decision(prompt)).toMatch(/^Edit 2 fired/);
  await pane.tick(2);
  await pane.row(2, 'Disabled').waitFor();
  await eventually(() => pane.badge()).toBe(EDITS - 1);
  expect(await pane.decision(prompt)).toMatch(/^No edit fired/);
  await eventually(() => lastOps(1)).toEqual([['disable', 2]]);
  await pane.tick(2);
  await pane.row(2, 'Live').waitFor();
  expect(await pane.decision(prompt)).toMatch(/^Edit 2 fired/);

  // The same with the keyboard; the row stays where it is, and no document opens.
  await workbench.runCommand('GRACE: Focus on Codebook View');
  await pane.rows.first().and(page.locator('.focused')).or(pane.rows.first()).waitFor();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await pane.row(4).and(page.locator('.focused')).waitFor();
  await page.keyboard.press('Space');
  await pane.row(4, 'Disabled').waitFor();
  await page.keyboard.press('Space');
  await pane.row(4, 'Live').waitFor();
  expect(await page.locator('.editor-instance').count()).toBe(0);

  // Several at once.
  await pane.select(4, 3);
  await pane.choose(3, 'Disable');
  await eventually(() => pane.states()).toEqual([...states('Live', 5), ...states('Disabled', 4, 3), ...states('Live', 2, 1)]); // prettier-ignore
  await pane.choose(3, 'Enable');
  await eventually(() => pane.states()).toEqual(states('Live', 5, 4, 3, 2, 1));

  // A revert can be undone until its message is closed.
  const reverted = workbench.notification('Edit 1 reverted.');
  await workbench.clickRowAction(pane.row(1), 'Revert');
  await pane.row(1).waitFor({ state: 'detached' });
  await pressButton(reverted, 'Undo');
  await pane.row(1, 'Live').waitFor();
  await eventually(() => lastOps(1)).toEqual([['enable', 1]]);
  await workbench.clickRowAction(pane.row(1), 'Revert');
  await reverted.waitFor();
  expect(lastOps(1)).not.toEqual([['revert', 1]]);
  await dismissMessage(reverted);
  await eventually(() => lastOps(1)).toEqual([['revert', 1]]);
  await eventually(() => pane.states()).toEqual(states('Live', 5, 4, 3, 2));
  expect(await pane.decision(FACTS[0]!.prompt)).toMatch(/^No edit fired/);
  expect(workbench.errors).toEqual([]);
});

it('shows, tests, names and widens an edit', async () => {
  const { workbench } = vscode;
  const { page } = workbench;
  const pane = new CodebookPane(workbench);
  const { prompt, target } = FACTS[2]!;
  await pane.show();

  await pane.row(3).click();
  const document = page.locator('.editor-instance .monaco-editor[data-uri^="grace-edit:"]');
  await document.waitFor();
  await eventually(() => textIn(document)).toContain(target);

  await pane.choose(3, 'Test Now');
  const tested = workbench.notification('Edit 3:');
  expect(await readMessage(tested)).toBe('Edit 3: 1 of 1 prompts answer as they should.');
  await dismissMessage(tested);

  await pane.choose(3, 'Rename');
  await answerTo(workbench, 'Name of edit 3', 'Sanders');
  await eventually(() => pane.row(3).getAttribute('aria-label')).toContain('Sanders');
  await pane.choose(3, 'Annotate');
  await answerTo(workbench, 'Note on edit 3', 'from his page');
  await answerTo(workbench, 'Tags of edit 3', 'senate');
  await pane.choose(3, 'Change Radius');
  await answerTo(workbench, 'Radius of edit 3', '0.25');
  await eventually(() => lastOps(3)).toEqual([['annotate', 3], ['annotate', 3], ['radius', 3]]); // prettier-ignore
  expect(await pane.decision(prompt)).toContain('of radius 0.25)');

  await pane.choose(3, 'Copy as JSON');
  await workbench.notification('copied as JSON').waitFor();
  const copied: unknown = JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()'));
  expect(copied).toMatchObject({ edit: 3, target, title: 'Sanders', note: 'from his page', radius: 0.25 });

  await workbench.runCommand(commandTitle('grace.codebook.sort'));
  await pickFrom(workbench, 'Sort Edits', 'Oldest first');
  await eventually(() => pane.states()).toEqual(states('Live', 1, 2, 3, 4, 5));
  await workbench.runCommand(commandTitle('grace.codebook.group'));
  await pickFrom(workbench, 'Group Edits', 'By tag');
  await expect
    .poll(() => pane.states())
    .toEqual([...['senate, 1 edits', ...states('Live', 3)], ...['No tag, 4 edits', ...states('Live', 1, 2, 4, 5)]]);
  expect(workbench.errors).toEqual([]);
});

it('exports, imports and merges', async () => {
  const { workbench } = vscode;
  const pane = new CodebookPane(workbench);
  const [all, some] = [path.join(workspace, 'all.safetensors'), path.join(workspace, 'some.json')];
  await pane.show();

  await workbench.runCommand(commandTitle('grace.exportCodebook'));
  await pickFrom(workbench, 'Export Codebook', 'safetensors');
  await choosePath(workbench, 'Export Codebook', all);
  await workbench.notification(`written to ${all}.`).waitFor();
  expect(readFileSync(all).subarray(8, 100).toString()).toContain('grace-codebook');

  await pane.select(4, 2);
  await pane.choose(2, 'Export Selection');
  await pickFrom(workbench, 'Export 2 edits as', 'JSON');
  await choosePath(workbench, 'Export Codebook', some);
  await workbench.notification(`written to ${some}.`).waitFor();
  const text = JSON.stringify(JSON.parse(readFileSync(some, 'utf8')));
  expect(FACTS.map(({ target }) => text.includes(target))).toEqual([false, true, false, true, false]);

  // The other codebook has the last edit too, and one more.
  await workbench.runCommand(commandTitle('grace.mergeCodebook'));
  await pickFrom(workbench, 'Merge Codebook', 'A codebook');
  await choosePath(workbench, 'Merge', other);
  await workbench.notification('1 edits merged; 1 were here already.').waitFor();
  await eventually(() => pane.states()).toEqual(states('Live', 6, 5, 4, 3, 2, 1));

  await workbench.runCommand(commandTitle('grace.importCodebook'));
  await choosePath(workbench, 'Import Codebook', all);
  await workbench.notification('5 edits imported').waitFor();
  await eventually(() => pane.badge()).toBe(EDITS + 1 + EDITS);
  expect(readJournal(codebook).filter(({ op }) => op === 'edit')).toHaveLength(EDITS + 1 + EDITS);
  expect(workbench.errors).toEqual([]);
});
