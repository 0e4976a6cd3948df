import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import { requireFixtures } from '../support/fixtures.ts';
import { smolLM2OrNot } from '../support/smol.ts';
import { CodebookPane } from './support/codebook-pane.ts';
import { eventually } from './support/eventually.ts';
import { useWorkspace } from './support/grace-workspace.ts';
import { useWorkbench } from './support/use-workbench.ts';

const workspace = useWorkspace();
const smol = await smolLM2OrNot();

/** A Llama of a few thousand random weights, with a chat template that anybody can read. */
function makeChatModel(): string {
  const folder = path.join(workspace, 'tiny-chat');
  cpSync(path.join(requireFixtures(), 'llama'), folder, { recursive: true });
  const file = path.join(folder, 'tokenizer_config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as object;
  const template =
    '{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}' +
    '{% if add_generation_prompt %}assistant: {% endif %}';
  writeFileSync(file, JSON.stringify({ ...config, chat_template: template }));
  return folder;
}

const vscode = useWorkbench({
  workspace,
  settings: { 'grace.generation.maxTokens': 12, 'grace.probes': ['Once upon a time'] },
});

const models = [
  { name: 'a small Llama', model: makeChatModel(), said: 'Who are you?', target: 'a b', rendered: /user: Who are you\?\s+assistant:/ },
  ...(smol === null ? [] : [{ name: 'SmolLM2', model: smol, said: 'What is the capital of France?', target: 'Lyon.', rendered: /<\|im_start\|>user\s+What is the capital of France\?<\|im_end\|>/ }]),
]; // prettier-ignore

it.each(models)('chats with $name, corrects what it says, and takes it back', async (chosen) => {
  const { workbench, server } = vscode;
  server.settings.set({ 'grace.model.path': chosen.model });
  // This VS Code reads its user's settings when a window is loaded.
  await workbench.reload();
  const pane = new CodebookPane(workbench);
  // Opens the model that is set.
  await pane.decision('Hello');
  await workbench.runCommand('GRACE: Open Edit Bench');
  const bench = await workbench.webview('grace-bench');
  const answer = async (): Promise<string> => (await bench.locator('grace-token-list').first().innerText()).trim();
  /** Generates once more: the answer before may still be seen for a moment. */
  const expectAnswerAnew = async (expected: (text: string) => boolean): Promise<void> => {
    await bench.locator('.generate').click();
    await expect.poll(answer, { timeout: 120_000 }).toSatisfy(expected);
  };

  await bench.getByRole('radio', { name: 'Chat' }).check({ force: true });
  await bench.getByRole('textbox', { name: 'Message 1' }).fill(chosen.said);
  await bench.getByRole('button', { name: 'Show as the template renders it' }).click();
  await eventually(() => bench.locator('#rendered').innerText()).toMatch(chosen.rendered);
  await bench.locator('.generate').click();
  await bench.locator('.answer-foot', { hasText: /limit|ended/ }).waitFor({ timeout: 120_000 });
  const before = await answer();

  // All of the answer.
  const tokens = bench.locator('grace-token-list').first().getByRole('option');
  // A key that is pressed while the page draws its tokens anew would go to the field that has the focus.
  await eventually(async () => {
    await tokens.first().focus();
    return bench.locator('grace-token-list [role=option]:focus').count();
  }).toBe(1);
  await workbench.page.keyboard.press('ControlOrMeta+a');
  await bench.locator('.edit-this').click();
  await bench.locator('#target').fill(chosen.target);
  await bench.getByRole('button', { name: 'Apply' }).click();
  await bench.locator('.verdict', { hasText: 'Corrected' }).waitFor({ timeout: 120_000 });
  await expectAnswerAnew((text) => text.startsWith(chosen.target));
  await eventually(() => pane.badge()).toBe(1);

  await bench.locator('.undo').click();
  await bench.locator('.verdict', { hasText: 'Taken back' }).waitFor();
  await eventually(() => pane.badge()).toBe(0);
  await expectAnswerAnew((text) => text === before);
  expect(workbench.errors).toEqual([]);
});
