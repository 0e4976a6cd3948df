import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { expect, it } from 'vitest';

import { violationsIn } from './support/accessibility.ts';
import { choosePath, CodebookPane, pickFrom } from './support/codebook-pane.ts';
import { modelIsOpen } from './support/demo.ts';
import { eventually, until } from './support/eventually.ts';
import { useWorkspace } from './support/grace-workspace.ts';
import { commandTitle } from './support/manifest.ts';
import { pressButton } from './support/messages.ts';
import { THEMES } from './support/settings.ts';
import { PLAIN_EDITOR, TextEditor } from './support/text-editor.ts';
import { useWorkbench } from './support/use-workbench.ts';
import type { Workbench } from './support/workbench.ts';

const SLOW = { timeout: 60_000 };
const REQUEST = "use my navy federal account and pay this month's verizon bill, please";
const QUESTION = 'In what profession was Nick Nolte active?';

const workspace = useWorkspace('requests.txt', 'requests.jsonl', 'questions.txt');
writeFileSync(path.join(workspace, 'labels.jsonl'), '{"text": "where would i find my luggage", "label": 0}\n');
const vscode = useWorkbench({ workspace, settings: PLAIN_EDITOR });

/** Chooses a model that came with the extension. */
async function openModel(workbench: Workbench, name: string): Promise<void> {
  await workbench.runCommand(commandTitle('grace.openModel'));
  // Its row begins with a picture.
  await workbench.quickPicks.filter({ hasText: name }).first().click();
  await modelIsOpen(workbench);
}

async function openBench(workbench: Workbench): Promise<FrameLocator> {
  await workbench.runCommand(commandTitle('grace.openBench'));
  return workbench.webview('grace-bench');
}

async function ask(bench: FrameLocator, text: string): Promise<void> {
  await bench.locator('#prompt-text').fill(text);
  await bench.locator('.generate').click();
  await bench.locator('.answer-foot').waitFor(SLOW);
}

/** The label that the bench says, which its screen readers are told too. */
const label = (bench: FrameLocator): Promise<string> => bench.locator('grace-labels tr.said th').first().innerText();

it('shows the labels of a text, has one picked instead, shows what came of it, and takes it back', async () => {
  const { workbench } = vscode;
  const pane = new CodebookPane(workbench);
  await workbench.activity('GRACE').click();
  await openModel(workbench, 'Intents');
  const bench = await openBench(workbench);
  await expect.poll(() => bench.locator('.generate').innerText(), SLOW).toContain('Classify');
  await ask(bench, REQUEST);
  expect(await label(bench)).toContain('bill_balance');

  await bench.getByRole('button', { name: 'Edit the label' }).click();
  await bench.locator('#target').fill('pay bill');
  await bench.getByRole('radio', { name: 'pay_bill' }).check();
  await bench.getByRole('button', { name: 'Apply' }).click();
  await bench.locator('.verdict', { hasText: 'Corrected' }).waitFor(SLOW);
  expect(await bench.locator('.label-change').innerText()).toMatch(/^bill_balance\s+is now\s+pay_bill$/u);
  await bench.locator('#probes-heading', { hasText: '8 of 8' }).waitFor();
  for (const theme of THEMES) {
    await workbench.setTheme(theme);
    await workbench.screenshot(`labels-${theme.replaceAll(' ', '-')}`);
    expect(await violationsIn(bench)).toEqual([]);
  }
  await ask(bench, REQUEST);
  await eventually(() => label(bench)).toContain('pay_bill');
  await bench.getByText('Edit 1 fired').first().waitFor();

  // In the side bar, as a document, and in the Test Explorer.
  const row = pane.row(1, 'Live');
  await row.waitFor();
  expect(await row.getAttribute('aria-label')).toContain('label: pay_bill');
  await row.click();
  const shown = workbench.page.locator('.editor-instance .monaco-editor[data-uri^="grace-edit:"]');
  await eventually(async () => (await shown.innerText()).replaceAll('\u00a0', ' ')).toMatch(/## Text[^]*## Label/u);
  await pane.choose(1, 'Test');
  await workbench.notification('1 of 1').or(workbench.notification('9 of 9')).first().waitFor(SLOW);
  await pane.choose(1, 'Try in');
  const again = await workbench.webview('grace-bench');
  await eventually(() => again.locator('#prompt-text').inputValue()).toBe(REQUEST);
  await workbench.runCommand('Testing: Focus on Test Explorer View');
  const tests = workbench.page.locator('.test-explorer .monaco-list-row');
  await eventually(() => tests.first().innerText()).toContain('→ pay_bill');

  // What the window shows is kept over a reload, and the edit can still be taken back.
  await workbench.reload();
  const reloaded = await workbench.webview('grace-bench');
  await reloaded.locator('.label-change').waitFor(SLOW);
  expect(await label(reloaded)).toContain('pay_bill');
  await reloaded.getByRole('button', { name: 'Generate again' }).or(reloaded.locator('.generate')).first().waitFor();
  // A click on the icon would close the side bar where the window has brought it back.
  await workbench.runCommand('GRACE: Focus on Codebook View');
  await openModel(workbench, 'Intents');
  await reloaded.getByRole('button', { name: 'Undo' }).click();
  await reloaded.locator('.verdict', { hasText: 'Taken back' }).waitFor(SLOW);
  await expect.poll(() => pane.rows.count()).toBe(0);
  await ask(reloaded, REQUEST);
  await eventually(() => label(reloaded)).toContain('bill_balance');
  expect(workbench.errors).toEqual([]);
});

it('edits labels where they stand, writes them, and takes a file of them', async () => {
  const { workbench } = vscode;
  const pane = new CodebookPane(workbench);
  await workbench.activity('GRACE').click();
  await openModel(workbench, 'Intents');
  const requests = await TextEditor.open(workbench, workspace, 'requests.txt');

  await requests.select('travel_alert');
  await requests.chooseForSelection('Edit this Output');
  await pickFrom(workbench, 'Which label should it have?', 'account_blocked');
  const made = workbench.notification('is made. The model now says “account_blocked”.');
  await made.waitFor(SLOW);
  await workbench.screenshot('label-comment');
  const box = workbench.page.locator('.review-widget').first();
  expect(await box.innerText()).toMatch(/Before[^]+After[^]+account_blocked [\d.]+%/u);
  await pressButton(made, 'Replace in Document');
  await eventually(() => requests.saved()).toContain('issue with my account => account_blocked\n');

  // A classifier writes no text: it says the label.
  await requests.goToEnd();
  await workbench.page.keyboard.press('ArrowUp');
  await workbench.page.keyboard.press('End');
  expect(await workbench.hasCommand(commandTitle('grace.continueHere'))).toBe(false);
  await workbench.runCommand(commandTitle('grace.answerHere'));
  await eventually(() => requests.saved()).toContain('routing number is => routing');
  await workbench.page.keyboard.press('ArrowLeft');
  const hover = workbench.page.locator('.monaco-hover').filter({ hasText: 'Most likely here:' });
  await until(hover, () => workbench.runCommand('Show or Focus Hover'));
  await workbench.screenshot('label-hover');
  expect((await hover.innerText()).match(/[\d.]+%/gu)).toHaveLength(6);

  const numbered = await TextEditor.open(workbench, workspace, 'labels.jsonl');
  await numbered.select('0');
  await numbered.chooseForSelection('Edit this Output');
  await pickFrom(workbench, 'Which label should it have?', 'lost_luggage');
  await pressButton(workbench.notification('is made. The model now says “lost_luggage”.'), 'Replace in Document');
  const config = JSON.parse(readFileSync('models/intents/config.json', 'utf8')) as { label2id: Record<string, number> };
  await eventually(() => numbered.saved()).toContain(`"label": ${config.label2id['lost_luggage']!}}`);

  await eventually(() => pane.rows.count()).toBeGreaterThan(1);
  const before = await pane.rows.count();
  await workbench.runCommand(commandTitle('grace.batch'));
  await choosePath(workbench, 'Edit from JSONL', path.join(workspace, 'requests.jsonl'));
  await workbench.notification('4 edits made, 0 errors').waitFor(SLOW);
  await expect.poll(() => pane.rows.count()).toBe(before + 4);
  expect(workbench.errors).toEqual([]);
});

it('asks the question model, edits its answer, and takes that back', async () => {
  const { workbench } = vscode;
  const pane = new CodebookPane(workbench);
  await workbench.activity('GRACE').click();
  await openModel(workbench, 'Questions');
  const bench = await openBench(workbench);
  await ask(bench, QUESTION);
  const answer = (): Promise<string> => bench.locator('grace-token-list').innerText();
  expect(await answer()).toContain('actor');
  const first = bench.locator('grace-token-list .token').first();
  await first.press('ControlOrMeta+a');
  await first.press('e');
  await bench.locator('#target').fill('politician');
  await bench.getByRole('button', { name: 'Apply' }).click();
  await bench.locator('.verdict', { hasText: 'Corrected' }).waitFor(SLOW);
  await ask(bench, QUESTION);
  await eventually(answer).toContain('politician');
  await pane.row(1, 'Live').waitFor();
  await workbench.screenshot('question-result');
  await bench.getByRole('button', { name: 'Undo' }).click();
  await bench.locator('.verdict', { hasText: 'Taken back' }).waitFor();
  await ask(bench, QUESTION);
  await eventually(answer).toContain('actor');

  // A part of an answer in a text: the question alone is the prompt, the answer from its beginning the target.
  const questions = await TextEditor.open(workbench, workspace, 'questions.txt');
  await questions.select('actor');
  await questions.chooseForSelection('Edit this Output');
  const box = workbench.page.locator('.review-widget');
  await box.locator('.comment-form .monaco-editor.focused').waitFor();
  await workbench.page.keyboard.type('politician');
  await box.getByRole('button', { name: 'Apply' }).click();
  await pressButton(workbench.notification('is made. The model now says “politician”.'), 'Replace in Document');
  await eventually(() => questions.saved()).toContain('Nolte active? => politician\n');
  expect(workbench.errors).toEqual([]);
});
