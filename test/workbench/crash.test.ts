import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import { choosePath, CodebookPane } from './support/codebook-pane.ts';
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
import { pressButton } from './support/messages.ts';
import { useWorkbench } from './support/use-workbench.ts';

/** Kills at random moments of a batch: `GRACE_KILLS=20 npx vitest run --project workbench test/workbench/crash.test.ts`. */
const KILLS = Number(process.env['GRACE_KILLS'] ?? 3);
const LATEST_MILLISECONDS = 2_500;

const workspace = useWorkspace();
const codebook = codebookIn(workspace);
mkdirSync(path.dirname(codebook));
const facts = path.join(workspace, 'facts.jsonl');
writeFileSync(
  facts,
  readFacts(50)
    .map((fact) => `${JSON.stringify(fact)}\n`)
    .join(''),
);
const vscode = useWorkbench({ workspace, settings: OPENS_DEMO });

const written = (): readonly number[] => readJournal(codebook).map(({ edit }) => edit);

it('loses nothing that was made when the engine is killed, says so once, and goes on', async () => {
  const { workbench, server } = vscode;
  const { page } = workbench;
  const pane = new CodebookPane(workbench);
  const crashed = workbench.notification('has ended unexpectedly');
  const running = workbench.notification('Editing');
  await makeCodebook(server, codebook, readFacts(1));
  await pane.show();

  for (let kill = 0; kill < KILLS; kill++) {
    await workbench.runCommand(commandTitle('grace.batch'));
    await choosePath(workbench, 'Edit from JSONL', facts);
    await running.waitFor();
    await page.waitForTimeout(Math.random() * LATEST_MILLISECONDS);
    const [engine] = await server.engines();
    const before = written();
    process.kill(engine!.id, 'SIGKILL');

    // One message; what was running has ended, and does not stay on the screen.
    await crashed.waitFor();
    expect(await crashed.count()).toBe(1);
    await crashed.getByRole('button', { name: 'Show Log' }).waitFor();
    await running.waitFor({ state: 'detached' });
    expect(await server.engines()).toEqual([]);

    // What was on the disk is in the list, and the engine goes on.
    await pressButton(crashed, 'Restart');
    await eventually(async () => (await server.engines()).length).toBe(1);
    const after = written();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(new Set(after).size).toBe(after.length);
    await eventually(() => pane.badge()).toBe(after.length);
  }
  expect(await pane.decision(readFacts(1)[0]!.prompt)).toContain('Edit 1 fired');

  await workbench.runCommand(commandTitle('grace.unloadModel'));
  await eventually(() => server.engines()).toEqual([]);
  expect(await pane.decision(readFacts(1)[0]!.prompt)).toContain('Edit 1 fired');
  expect(workbench.errors).toEqual([]);

  // No engine outlives its window.
  await workbench.close();
  await eventually(() => server.engines()).toEqual([]);
});
