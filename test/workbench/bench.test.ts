import type { FrameLocator, Locator } from 'playwright-core';
import { expect, it } from 'vitest';

import { violationsIn } from './support/accessibility.ts';
import { answers, modelIsOpen, PROMPT, WRONG } from './support/demo.ts';
import { eventually } from './support/eventually.ts';
import { pressButton } from './support/messages.ts';
import { storedState } from './support/stored-state.ts';
import { THEMES } from './support/settings.ts';
import { useWorkbench } from './support/use-workbench.ts';
import type { Workbench } from './support/workbench.ts';

const TARGET = 'Amy Klobuchar (born May 25, 1960) is an American politician from Minnesota.';

const vscode = useWorkbench();

const page = (workbench: Workbench): Promise<FrameLocator> => workbench.webview('grace-bench');

/** Selects the first sentence of the answer by keyboard, and begins an edit of it. */
async function selectSentence(bench: FrameLocator): Promise<void> {
  const tokens = bench.locator('grace-token-list .token');
  const end = (await tokens.allInnerTexts()).findIndex((token) => token.trim() === '.');
  await tokens.first().press('Home');
  for (let token = 0; token < end; token++) await tokens.nth(token).press('Shift+ArrowRight');
  await tokens.nth(end).press('e');
}

it('keeps everything while it is hidden and over a reload, edits, compares, and takes back', async () => {
  const { workbench, server } = vscode;
  await workbench.runCommand('GRACE: Try the Demo');
  await modelIsOpen(workbench);
  await workbench.runCommand('GRACE: Open Edit Bench');
  await answers(workbench, WRONG);
  await selectSentence(await page(workbench));
  await (await page(workbench)).locator('#target').fill(TARGET);
  await (await page(workbench)).locator('#target').blur();

  // Hidden: VS Code throws the page away. Shown: it is as it was.
  await workbench.tab('# What a small').click();
  await expect.poll(() => workbench.webviews().count()).toBe(0);
  await workbench.tab('Edit Bench').click();
  const shown = await page(workbench);
  await expect.poll(() => shown.locator('#target').inputValue()).toBe(TARGET);
  expect(await shown.locator('grace-token-list .token').count()).toBeGreaterThan(20);

  // A new window brings it back, engine or not.
  await eventually(() => storedState(workbench.page)).toMatch(
    /mainThreadWebview-grace\.bench[^]*is an American politician from Minnesota|is an American politician from Minnesota[^]*mainThreadWebview-grace\.bench/,
  );
  await workbench.reload();
  const again = await page(workbench);
  await expect.poll(() => again.locator('#target').inputValue(), { timeout: 30_000 }).toBe(TARGET);
  await expect.poll(() => again.locator('#prompt-text').inputValue()).toBe(PROMPT);

  // Check; the model is opened again for it.
  await again.getByRole('button', { name: 'Check' }).click();
  await again.locator('.preview').waitFor({ timeout: 60_000 });

  // The engine dies while it edits, and while it generates: both say so, and can be done again.
  const crashed = workbench.notification('has ended unexpectedly');
  const killDuring = async (button: string, work: Locator): Promise<void> => {
    const [engine] = await server.engines();
    await again.locator(button).click();
    await work.waitFor();
    process.kill(engine!.id, 'SIGKILL');
    await pressButton(crashed, 'Restart');
    await again.locator('.problem').waitFor();
    await again.getByRole('button', { name: 'Dismiss the problem' }).click();
  };
  await killDuring('.apply', again.locator('form.edit .progress'));
  expect(await again.locator('#target').inputValue()).toBe(TARGET);
  await killDuring('.generate', again.locator('.generate', { hasText: 'Stop' }));
  await again.locator('.generate', { hasText: 'Generate' }).waitFor();
  expect(await again.locator('#target').inputValue()).toBe(TARGET);

  await again.getByRole('button', { name: 'Apply' }).click();
  await again.locator('.verdict', { hasText: 'Corrected' }).waitFor({ timeout: 60_000 });
  await again.locator('#probes-heading', { hasText: '8 of 8' }).waitFor();
  for (const theme of THEMES) {
    await workbench.setTheme(theme);
    await workbench.screenshot(`bench-result-${theme.replaceAll(' ', '-')}`);
    expect(await violationsIn(again)).toEqual([]);
  }
  await again.getByRole('button', { name: 'Undo' }).click();
  await again.locator('.verdict', { hasText: 'Taken back' }).waitFor();
  await expect.poll(() => workbench.treeRows('Codebook').count()).toBe(0);
  await answers(workbench, WRONG);
  expect(workbench.errors).toEqual([]);
});
