import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import { pickFrom } from './support/codebook-pane.ts';
import { eventually } from './support/eventually.ts';
import { OPENS_DEMO, useWorkspace } from './support/grace-workspace.ts';
import { commandTitle } from './support/manifest.ts';
import { THEMES } from './support/settings.ts';
import { textIn } from './support/text-editor.ts';
import { useWorkbench } from './support/use-workbench.ts';

const workspace = useWorkspace();
const vscode = useWorkbench({ workspace, settings: OPENS_DEMO });

it('measures edit settings, can be called off, shows them, and makes a codebook with them', async () => {
  const { workbench } = vscode;
  const measure = async (): Promise<void> => {
    await workbench.runCommand(commandTitle('grace.tune'));
    await pickFrom(workbench, 'Measure Edit Settings', 'Edits that come with the extension');
  };

  await measure();
  const measuring = workbench.notification('Measuring edit settings');
  await eventually(() => measuring.innerText()).toMatch(/\d %/);
  await measuring.getByRole('button', { name: 'Cancel' }).click();
  await measuring.waitFor({ state: 'detached' });
  await expect(workbench.tab('Edit Settings').count()).resolves.toBe(0);

  await measure();
  const proposal = workbench.notification('Edit at ');
  await proposal.waitFor({ timeout: 180_000 });
  const [, hook, radius] = /Edit at (\S+) with radius ([\d.]+): /.exec(await proposal.innerText())!;
  await proposal.getByRole('button', { name: 'Apply' }).click();
  await workbench.notification('is made with it and open').waitFor();
  const made = path.join(workspace, '.grace', 'biographies-2', 'codebook.json');
  await eventually(() => existsSync(made)).toBe(true);
  const { hook: at, radius: within } = JSON.parse(readFileSync(made, 'utf8')) as {
    readonly hook: { readonly replace: string };
    readonly radius: { readonly radius: number };
  };
  expect(at.replace).toBe(hook);
  expect(within.radius).toBeCloseTo(Number(radius), 2);

  const report = workbench.page.locator('.editor-instance .monaco-editor[data-uri^="grace-report:"]');
  await eventually(() => textIn(report)).toContain(`Proposed: ${hook}, radius ${radius}.`);
  const picture = await workbench.webview('svg[role="img"]');
  // Rewordings, unrelated prompts, and the edits themselves: in each, one cell is framed.
  for (const what of ['svg[role="img"]', 'svg rect.proposed']) await eventually(() => picture.locator(what).count()).toBe(3); // prettier-ignore
  for (const theme of THEMES) {
    await workbench.setTheme(theme);
    await workbench.screenshot(`tuning-${theme.replaceAll(' ', '-')}`);
  }
  expect(workbench.errors).toEqual([]);
});
