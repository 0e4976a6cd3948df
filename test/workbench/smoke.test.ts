import { expect, it, vi } from 'vitest';

import { commandTitle, readManifest, titlesAlwaysInPalette } from './support/manifest.ts';
import { useWorkbench } from './support/use-workbench.ts';

const { displayName } = readManifest();
const vscode = useWorkbench();

it('offers its commands without being activated, is activated by one of them, and starts no engine for it', async () => {
  const { workbench, server } = vscode;
  const titles = titlesAlwaysInPalette();
  await expect.poll(() => workbench.hasCommand(titles[0]!), { timeout: 30_000 }).toBe(true);
  for (const title of titles) expect(await workbench.hasCommand(title), title).toBe(true);
  const running = await workbench.runningExtensions();
  expect(running.map(({ name }) => name)).not.toContain(displayName);

  await workbench.runCommand(commandTitle('grace.showLog'));
  // How quickly, `npm run bench:activation` measures.
  await vi.waitUntil(() => workbench.activation(displayName), { timeout: 60_000 });
  await expect(server.engines()).resolves.toEqual([]);
  expect(workbench.errors).toEqual([]);
});
