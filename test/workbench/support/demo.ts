import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { expect } from 'vitest';

import type { Workbench } from './workbench.ts';

/** How the demo's wrong sentence begins, and what is true. */
export const WRONG = 'Amy Klobuchar (born January 18, 1976)';
export const TRUTH =
  'Amy Klobuchar (born May 25, 1960) is an American politician serving as a United States senator from Minnesota since 2007.';
export const PROMPT = 'This is a Wikipedia passage about Amy Klobuchar.';

export const transcript = (workbench: Workbench): Locator =>
  workbench.page.locator('.editor-instance .monaco-editor[data-uri^="untitled:"]');
export const comment = (workbench: Workbench): Locator => workbench.page.locator('.review-widget');
export const editRow = (workbench: Workbench): Locator => workbench.treeRow('Codebook', 'Amy Klobuchar').first();

export async function modelIsOpen(workbench: Workbench): Promise<void> {
  await expect.poll(() => workbench.treeRows('Model').count(), { timeout: 60_000 }).toBeGreaterThan(5);
}

/** The bench generates for the demo's prompt, and its answer begins like this. */
export async function answers(workbench: Workbench, beginning: string): Promise<void> {
  const bench = await workbench.webview('grace-bench');
  await bench.locator('#prompt-text').fill(PROMPT);
  await bench.locator('.generate').click();
  await said(bench, beginning);
}

async function said(bench: FrameLocator, beginning: string): Promise<void> {
  const tokens = bench.locator('grace-token-list').first();
  await expect.poll(async () => (await tokens.innerText()).trim(), { timeout: 30_000 }).toMatch(startsWith(beginning));
  await bench.locator('.answer-foot').waitFor();
}

const startsWith = (text: string): RegExp => new RegExp(`^${text.replaceAll(/[()]/g, '\\$&')}`);

/** The same with the keyboard, which the bench puts into the prompt when it is opened. */
export async function types(workbench: Workbench, prompt: string, beginning: string): Promise<void> {
  const bench = await workbench.webview('grace-bench');
  await bench.locator('#prompt-text:focus').waitFor();
  await workbench.page.keyboard.type(prompt);
  await workbench.page.keyboard.press('Control+Enter');
  await said(bench, beginning);
}

/** Exports the codebook by the palette, and finds the file. */
export async function exported(workbench: Workbench, file: string): Promise<void> {
  await workbench.typeCommand('GRACE: Export Codebook…');
  await workbench.quickPicks.first().waitFor();
  await workbench.answer('safetensors');
  await expect.poll(() => workbench.quickInput.inputValue()).toContain('.safetensors');
  await workbench.answerFile(file);
  await expect.poll(() => readdirSync(path.dirname(file)), { timeout: 20_000 }).toContain(path.basename(file));
  expect(statSync(file).size).toBeGreaterThan(1000);
}
