import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach } from 'vitest';

import { run } from '../../support/command.ts';
import type { Server } from './server.ts';
import type { Settings } from './settings.ts';
import { EXTENSION } from './workbench.ts';

/** What a line of a batch file needs. */
export interface Fact {
  readonly prompt: string;
  readonly target: string;
}

/** A line of a codebook's journal, as far as tests look at it. */
export interface JournalLine {
  readonly op: string;
  readonly edit: number;
  readonly target?: string;
}

/** The model that comes with the extension is opened by the first command that needs one. */
export const OPENS_DEMO: Settings = { 'grace.model.path': path.resolve('models/biographies') };

/** Where the codebook of that model lies in a workspace. */
export const codebookIn = (workspace: string): string => path.join(workspace, '.grace', 'biographies');

/**
 * A temporary folder for windows to open, with copies of these examples; it goes away after the tests of the file. A test that is
 * tried again finds in it what its first try did.
 */
export function useWorkspace(...examples: readonly string[]): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'grace-workbench-ws-')));
  for (const file of examples) copyFileSync(path.join('examples', file), path.join(folder, file));
  const before = `${folder}-before`;
  beforeEach(({ task }) => {
    const isFirstTry = (task.result?.retryCount ?? 0) === 0;
    const [from, to] = isFirstTry ? [folder, before] : [before, folder];
    // The folder itself stays: the server may watch it.
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(to)) remove(path.join(to, name));
    cpSync(from, to, { recursive: true });
  });
  afterAll(() => {
    remove(folder);
    remove(before);
  });
  return folder;
}

const remove = (file: string): void => {
  rmSync(file, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
};

/** True sentences that the demo's model does not know. */
export function readFacts(count: number): readonly Fact[] {
  const lines = readFileSync('examples/facts.jsonl', 'utf8').split('\n').slice(0, count);
  return lines.map((line) => JSON.parse(line) as Fact);
}

/** Makes a codebook for the demo's model, with the command line in the installed package. */
export async function makeCodebook(server: Server, codebook: string, facts: readonly Fact[]): Promise<void> {
  const file = `${codebook}.jsonl`;
  mkdirSync(path.dirname(codebook), { recursive: true });
  writeFileSync(file, facts.map((fact) => `${JSON.stringify(fact)}\n`).join(''));
  await runCli(server, 'batch', '--model', 'demo', '--codebook', codebook, '--file', file);
  rmSync(file);
}

/** Runs the command line that is in the installed package. */
export async function runCli(server: Server, ...args: readonly string[]): Promise<string> {
  const folder = readdirSync(server.extensions).find((name) => name.startsWith(EXTENSION));
  if (folder === undefined) throw new Error('The extension is not installed.');
  return run(process.execPath, [path.join(server.extensions, folder, 'bin/grace.mjs'), ...args]);
}

/** The whole lines of a codebook's journal. */
export function readJournal(codebook: string): readonly JournalLine[] {
  const lines = readFileSync(path.join(codebook, 'edits.jsonl'), 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalLine);
}
