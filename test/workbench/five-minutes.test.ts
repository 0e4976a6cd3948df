import { expect, it } from 'vitest';

import { useWorkbench } from './support/use-workbench.ts';

const TRUTH =
  'Amy Klobuchar (born May 25, 1960) is an American politician serving as a United States senator from Minnesota since 2007.';

const vscode = useWorkbench();

it('goes through the first five minutes with the mouse', async () => {
  const { workbench } = vscode;
  const { page } = workbench;
  await workbench.activity('GRACE').click();
  await workbench.screenshot('five-1-empty');
  await workbench.view('Codebook').getByRole('button', { name: 'Try the demo' }).click();
  const editor = page.locator('.editor-instance .monaco-editor[data-uri^="untitled:"]');
  await editor.waitFor();
  await expect.poll(() => workbench.treeRows('Model').count(), { timeout: 30_000 }).toBeGreaterThan(5);
  await workbench.screenshot('five-2-demo');

  await editor.locator('.view-line', { hasText: 'Amy Klobuchar (born' }).first().click({ button: 'right', position: { x: 200, y: 8 } });
  await workbench.screenshot('five-3-menu');
  await workbench.menuItem('Edit this Output').click();
  await page.locator('.review-widget').waitFor();
  await workbench.screenshot('five-4-comment');
  await page.locator('.review-widget .comment-form .monaco-editor').first().click();
  await page.keyboard.type(TRUTH);
  await workbench.screenshot('five-5-written');
  await page.locator('.review-widget').getByRole('button', { name: 'Apply' }).click();
  await page.waitForTimeout(6000);
  await workbench.screenshot('five-6-applied');
  await page.waitForTimeout(3000);
  await workbench.screenshot('five-7-tree');
  expect(workbench.errors).toEqual([]);
});
