import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import { CodebookPane, pickFrom } from './support/codebook-pane.ts';
import { eventually, until } from './support/eventually.ts';
import { OPENS_DEMO, useWorkspace } from './support/grace-workspace.ts';
import { commandTitle } from './support/manifest.ts';
import { pressButton } from './support/messages.ts';
import { PLAIN_EDITOR, TextEditor } from './support/text-editor.ts';
import { useWorkbench } from './support/use-workbench.ts';
import { storedState } from './support/stored-state.ts';
import type { Workbench } from './support/workbench.ts';

/** The model finds no end of what it says to this: there is time to stop it. */
const ENDLESS = 'He was born in Boston and Boston and Boston and Boston and';

const workspace = useWorkspace('chat.md', 'log.jsonl', 'prompts.txt');
writeFileSync(
  path.join(workspace, 'notes.txt'),
  'Notes.\n\nThis is a Wikipedia passage about Lisa Murkowski. She acts.\n',
);
writeFileSync(path.join(workspace, 'go.txt'), ENDLESS);
const vscode = useWorkbench({
  workspace,
  settings: { ...OPENS_DEMO, ...PLAIN_EDITOR, 'grace.generation.maxTokens': 200 },
});

const read = (file: string): string => readFileSync(path.join(workspace, file), 'utf8');

/** Writes the truth into the comment box, applies it, and takes it over into the document. */
async function correct(workbench: Workbench, prompt: string, truth: string, edit: number): Promise<void> {
  const box = workbench.page.locator('.review-widget');
  await box.locator('.comment-form .monaco-editor.focused').waitFor();
  expect(await box.innerText()).toContain(`Prompt\n\n${prompt}\n\nThe model said`);
  await workbench.page.keyboard.type(truth);
  await box.getByRole('button', { name: 'Apply' }).click();
  const made = workbench.notification(`Edit ${edit} is made.`);
  await made.waitFor();
  await eventually(() => box.innerText()).toMatch(/Before[^]+After[^]+Probes: 8 of 8 unchanged\./);
  await pressButton(made, 'Replace in Document');
}

it('edits outputs in a chat, a log, a list of examples and plain text', async () => {
  const { workbench } = vscode;
  const pane = new CodebookPane(workbench);

  const chat = await TextEditor.open(workbench, workspace, 'chat.md');
  const [before, wrong] = [
    read('chat.md'),
    'John Barrasso (born January 2, 1982) is an American politician from New Mexico',
  ];
  const truth = 'John Barrasso (born July 21, 1952) is an American politician from Wyoming';
  await chat.select(wrong);
  await chat.chooseForSelection('Edit this Output');
  await correct(workbench, 'This is a Wikipedia passage about John Barrasso.', truth, 1);
  await eventually(() => chat.saved()).toBe(before.replace(wrong, truth));
  await chat.undo();
  await eventually(() => chat.saved()).toBe(before);

  const log = await TextEditor.open(workbench, workspace, 'log.jsonl');
  const second = JSON.parse(read('log.jsonl').split('\n')[1]!) as { messages: { content: string }[] };
  await log.select('Tammy Duckworth (born March 16, 1976)');
  await log.chooseForSelection('Edit this Output');
  await correct(workbench, second.messages[0]!.content, 'Tammy "L." Duckworth (born March 12, 1968)', 2);
  const said = (): string => (JSON.parse(read('log.jsonl').split('\n')[1]!) as typeof second).messages[1]!.content;
  await eventually(() => log.saved().then(said)).toMatch(/^Tammy "L\." Duckworth \(born March 12, 1968\) is an/);

  const list = await TextEditor.open(workbench, workspace, 'prompts.txt');
  await list.select('Susan Collins (born July 11, 1969)');
  await list.chooseForSelection('Edit this Output');
  await correct(
    workbench,
    'This is a Wikipedia passage about Susan Collins.',
    'Susan Collins (born December 7, 1952)',
    3,
  );
  await eventually(() => list.saved()).toContain('=> Susan Collins (born December 7, 1952) is an');

  const notes = await TextEditor.open(workbench, workspace, 'notes.txt');
  await notes.select('She acts.');
  await notes.chooseForSelection('Edit this Output');
  await pickFrom(workbench, 'What was the model asked?', 'This line');
  await correct(workbench, 'This is a Wikipedia passage about Lisa Murkowski.', 'She is a senator.', 4);
  await eventually(() => notes.saved()).toContain('Murkowski. She is a senator.\n');

  await pane.show();
  await eventually(() => pane.states()).toEqual([4, 3, 2, 1].map((edit) => `Edit ${edit}, Live`));
  expect(workbench.errors).toEqual([]);
});

it('continues a text where the cursor is', async () => {
  const { workbench } = vscode;
  const { page } = workbench;
  const text = await TextEditor.open(workbench, workspace, 'go.txt');
  const running = workbench.notification('Continuing');

  await text.goToEnd();
  await workbench.runCommand(commandTitle('grace.continueHere'));
  await running.waitFor();
  await running.waitFor({ state: 'detached' });
  const whole = await text.text();
  expect(whole.startsWith(ENDLESS)).toBe(true);
  expect(whole.length).toBeGreaterThan(ENDLESS.length + 400);

  await text.editor.locator('.view-line').nth(2).hover();
  const hover = page.locator('.monaco-hover').filter({ hasText: 'Most likely here:' });
  await hover.waitFor();
  const hovered = (await hover.innerText()).replaceAll('\u00a0', ' ');
  // Its own probability, and those of five alternatives.
  expect(hovered.match(/[\d.]+%/g)).toHaveLength(6);
  expect(hovered).toContain('No edit fired; nearest is edit');

  await text.undo();
  await eventually(() => text.text()).toBe(ENDLESS);

  await text.goToEnd();
  await page.keyboard.press('ControlOrMeta+Alt+Enter');
  await page.locator('.tab.active.dirty').waitFor();
  await page.keyboard.press('Escape');
  await running.waitFor({ state: 'detached' });
  const stopped = await text.text();
  expect(whole.startsWith(stopped)).toBe(true);
  expect(stopped.length).toBeLessThan(whole.length - 100);
  await text.undo();
  await eventually(() => text.text()).toBe(ENDLESS);
  expect(workbench.errors).toEqual([]);
});

it('lists flagged texts in Problems, where they are again when the window is loaded again', async () => {
  const { workbench, server } = vscode;
  const { page } = workbench;
  const problem = page.locator('.markers-panel .monaco-list-row[aria-label*="The model got this wrong."]');
  const chat = await TextEditor.open(workbench, workspace, 'chat.md');
  const fix = async (title: string): Promise<void> => {
    // The list of problems is drawn anew while VS Code looks for them.
    await until(workbench.statusItem('(28 selected)'), () => problem.click());
    const row = page.locator('.action-widget .monaco-list-row', { hasText: title });
    await until(row, async () => {
      await chat.focus();
      await workbench.runCommand('Quick Fix...');
    });
    await row.click();
  };
  await chat.select('He was born in New York City');
  await chat.chooseForSelection('Flag as Wrong');
  await workbench.runCommand('Problems: Focus on Problems View');
  await problem.waitFor();

  // Nothing asks for the extension but the workspace's codebook.
  await eventually(() => storedState(page)).toContain('The model got this wrong.');
  await workbench.reload();
  await workbench.runCommand('Problems: Focus on Problems View');
  await problem.waitFor();
  expect(await server.engines()).toEqual([]);

  await fix('Edit this output');
  const box = page.locator('.review-widget');
  await box.locator('.comment-form .monaco-editor.focused').waitFor();
  expect(await box.innerText()).toContain('He was born in New York City');
  await box.getByRole('button', { name: 'Cancel', exact: true }).last().click();
  await box.waitFor({ state: 'detached' });
  await fix('Dismiss');
  await problem.waitFor({ state: 'detached' });
  expect(workbench.errors).toEqual([]);
});
