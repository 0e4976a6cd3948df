import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { run } from './grace.ts';

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  inspect: ['--model', '--device'],
  generate: [
    ...[
      '--model',
      '--device',
      '--hook',
      '--key',
      '--codebook',
      '--prompt',
      '--messages',
      '--max-tokens',
      '--temperature',
    ],
    ...['--top-k', '--top-p', '--repetition-penalty', '--seed', '--stop', '--no-edits', '--no-cache'],
  ],
  score: ['--model', '--device', '--hook', '--key', '--codebook', '--prompt', '--messages', '--target', '--no-edits'],
  edit: [
    ...['--model', '--device', '--hook', '--key', '--codebook', '--prompt', '--messages', '--target', '--rephrase'],
    ...[
      '--probe',
      '--preset',
      '--radius',
      '--replace',
      '--steps',
      '--lr',
      '--start',
      '--seed',
      '--value',
      '--continues',
    ],
    '--max-tokens',
  ],
  batch: [
    ...[
      '--model',
      '--device',
      '--hook',
      '--key',
      '--codebook',
      '--file',
      '--report',
      '--verify',
      '--preset',
      '--radius',
    ],
    ...['--replace', '--steps', '--lr', '--start', '--seed', '--value', '--continues', '--max-tokens'],
  ],
  edits: ['--codebook'],
  show: ['--codebook'],
  suggest: ['--model', '--codebook', '--prompt', '--messages', '--subject', '--most'],
  decide: ['--model', '--device', '--hook', '--key', '--codebook', '--prompt', '--messages'],
  test: ['--model', '--device', '--hook', '--key', '--codebook', '--edit', '--junit', '--max-tokens'],
  tune: ['--model', '--device', '--precision', '--file', '--hooks', '--radii', '--edits'],
  disable: ['--codebook'],
  enable: ['--codebook'],
  revert: ['--codebook'],
  export: ['--codebook', '--out', '--format'],
  import: ['--codebook', '--from'],
  demo: [],
};

describe('grace --help', () => {
  it('lists every command and the exit codes, on stdout', async () => {
    const { stdout, stderr, exit } = await run('--help');
    expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 });
    for (const command of Object.keys(OPTIONS)) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect(stdout).toMatch(/Exit codes: 0 done; 1 failed .*; 2 wrong use/);
  });

  it.each(Object.entries(OPTIONS))('tells every option of %s', async (command, options) => {
    const { stdout, exit } = await run(command, '--help');
    expect(exit).toBe(0);
    const told = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option!);
    expect(told).toEqual(expect.arrayContaining([...options, '--json', '--help']));
    expect((await run('help', command)).stdout).toBe(stdout);
  });

  it('works as npx grace, and tells its version', async () => {
    expect(execFileSync('npx', ['grace', '--help'], { encoding: 'utf8', stdio: 'pipe' })).toContain('Usage: grace');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    expect(await run('--version')).toMatchObject({ exit: 0, stdout: `${version}\n` });
  });
});
