import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import { makeLargeCodebook } from '../support/large-codebook.ts';
import { choosePath, CodebookPane } from './support/codebook-pane.ts';
import { eventually } from './support/eventually.ts';
import { codebookIn, OPENS_DEMO, readFacts, readJournal, runCli, useWorkspace } from './support/grace-workspace.ts';
import { commandTitle } from './support/manifest.ts';
import { useWorkbench } from './support/use-workbench.ts';
import { textIn } from './support/text-editor.ts';
import { Workbench } from './support/workbench.ts';

const LINES = 50;
const workspace = useWorkspace();
const largeWorkspace = useWorkspace();
const codebook = codebookIn(workspace);
const facts = path.join(workspace, 'facts.jsonl');
writeFileSync(facts, readFacts(LINES).map((fact) => `${JSON.stringify(fact)}\n`).join('')); // prettier-ignore
const vscode = useWorkbench({ workspace, settings: OPENS_DEMO });

const live = (edits: number): readonly string[] => Array.from({ length: edits }, (_, at) => `Edit ${edits - at}, Live`);
const made = (): number => readJournal(codebook).filter(({ op }) => op === 'edit').length;

it('edits from a file with Cancel in the middle, and goes on; follows what others do with the codebook', async () => {
  const { workbench, server, browser } = vscode;
  const { page } = workbench;
  const pane = new CodebookPane(workbench);
  const report = page.locator('.editor-instance .monaco-editor[data-uri^="grace-report:"]');
  const running = workbench.notification('Editing from facts.jsonl');
  /** Runs the file, and cancels after a few lines of those that are left; answers how many edits there are then. */
  const runAndCancel = async (left: number): Promise<number> => {
    await workbench.runCommand(commandTitle('grace.batch'));
    await choosePath(workbench, 'Edit from JSONL', facts);
    await running.waitFor();
    await eventually(() => running.innerText()).toMatch(new RegExp(`\\b[3-9] of ${left}`));
    await running.getByRole('button', { name: 'Cancel' }).click();
    await running.waitFor({ state: 'detached' });
    return made();
  };

  const first = await runAndCancel(LINES);
  await report.waitFor();
  await eventually(() => textIn(report)).toContain(`Not tried: ${LINES - first}`);
  await pane.show();
  await eventually(() => pane.badge()).toBe(first);

  const both = await runAndCancel(LINES - first);
  expect(both).toBeGreaterThan(first);
  expect(new Set(readJournal(codebook).map(({ target }) => target)).size).toBe(both);
  await eventually(() => pane.badge()).toBe(both);

  // Version control puts an older journal in its place.
  const journal = path.join(codebook, 'edits.jsonl');
  writeFileSync(journal, readFileSync(journal, 'utf8').split('\n').slice(0, 3).join('\n') + '\n');
  await eventually(() => pane.states()).toEqual(live(3));
  const view = workbench.view('Codebook');
  await eventually(() => view.innerText()).toContain('Read again: changed by another program at');
  expect(await pane.decision(readFacts(1)[0]!.prompt)).toContain('Edit 1 fired');

  // A second window reads, and says why it does no more.
  const second = await Workbench.open(browser, server, { workspace });
  const other = new CodebookPane(second);
  await other.show();
  await eventually(() => other.states()).toEqual(live(3));
  await eventually(() => second.view('Codebook').innerText()).toMatch(/read-only[^]*close it there to change it here/i);
  await other.tick(1);
  await second.notification('close it there to change it here').waitFor();
  await eventually(() => other.states()).toEqual(live(3));

  // What the first one does, the second one sees; when that lets go, it may write.
  await pane.tick(2);
  await other.row(2, 'Disabled').waitFor();
  await workbench.runCommand(commandTitle('grace.unloadModel'));
  await eventually(() => second.view('Codebook').innerText()).not.toContain('close it there');
  await other.tick(2);
  await other.row(2, 'Live').waitFor();
  await eventually(() => readJournal(codebook).at(-1)).toMatchObject({ op: 'enable', edit: 2 });

  // The command line is refused while a window may write; after that, both windows show what it has done.
  const { prompt, target } = readFacts(LINES).at(-1)!;
  const edit = ['edit', '--model', 'demo', '--codebook', codebook, '--prompt', prompt, '--target', target] as const;
  await expect(runCli(server, ...edit)).rejects.toThrow('is open for writing in process');
  await second.runCommand(commandTitle('grace.unloadModel'));
  await pane.row(2, 'Live').waitFor();
  await eventually(() => server.engines()).toEqual([]);
  await runCli(server, ...edit);
  for (const rows of [pane, other]) await eventually(() => rows.states()).toEqual(live(4));
  await eventually(() => second.view('Codebook').innerText()).toContain('Read again: changed by another program at');
  // The refusal above is all that went wrong there.
  expect(second.errors.filter((error) => !error.includes('close it there'))).toEqual([]);
  await second.close();
  expect(workbench.errors).toEqual([]);
});

it('shows 10,000 edits, and switches one of them', async () => {
  const { server, browser } = vscode;
  const large = codebookIn(largeWorkspace);
  mkdirSync(path.dirname(large));
  makeLargeCodebook(large, 10_000, {
    model: { name: 'biographies', architecture: 'gpt2', fingerprint: '0' },
    hook: { replace: 'transformer.h.4.mlp.c_proj', key: 'transformer.h.4.mlp.c_proj:input' },
    ...{ router: 'grace', dIn: 32, dOut: 32 },
  });
  const workbench = await Workbench.open(browser, server, { workspace: largeWorkspace });
  const pane = new CodebookPane(workbench);
  await pane.show();
  await workbench.activity('GRACE - 10000 live edits').waitFor();
  await pane.row(10_000, 'Live').waitFor();
  await pane.tick(10_000);
  await pane.row(10_000, 'Disabled').waitFor();
  await workbench.activity('GRACE - 9999 live edits').waitFor();
  await eventually(() => readJournal(large).at(-1)).toMatchObject({ op: 'disable', edit: 10_000 });
  await pane.tick(10_000);
  await pane.row(10_000, 'Live').waitFor();
  expect(workbench.errors).toEqual([]);
  await workbench.close();
});
