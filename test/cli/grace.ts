import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect } from 'vitest';
import type { z } from 'zod';

import type { ErrorCode } from '../../src/protocol/coded-error.ts';
import { errorDocument } from './shapes.ts';

/** What a run of the command line left behind. */
export interface Ran {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

const PROGRAM = path.resolve('bin/grace.mjs');

/** Runs the built command line as a person would. */
export function run(...args: readonly string[]): Promise<Ran> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], { maxBuffer: 2 ** 28 }, (_, stdout, stderr) => {
      resolve({ exit: child.exitCode, stdout, stderr, seconds: (performance.now() - started) / 1000 });
    });
  });
}

/** Starts the command line and leaves it running. */
export function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The exit code; null when a signal ended it. */
export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });
}

/** The one document that a command prints with --json, of the given shape. */
export async function grace<T>(shape: z.ZodType<T>, args: readonly string[], exit = 0): Promise<T> {
  const ran = await run(...args, '--json');
  expect(ran, ran.stderr).toMatchObject({ exit });
  return shape.parse(JSON.parse(ran.stdout));
}

/** Expects wrong use or bad input to be refused: exit code 2, one sentence within 10 s, the same as the one document on stdout. */
export async function expectRefusal(code: ErrorCode, args: readonly string[], says: RegExp = /./): Promise<void> {
  const { exit, stdout, stderr, seconds } = await run(...args, '--json');
  expect(exit, stderr).toBe(2);
  expect(seconds).toBeLessThan(10);
  const { error } = errorDocument.parse(JSON.parse(stdout));
  expect(error).toMatchObject({ code, message: expect.stringMatching(says) as string });
  expect(error.message).toMatch(/^[^\n]+\.$/);
  expect(stderr).toBe(`grace: ${error.message} ${error.advice}`.trimEnd() + '\n');
}

/** A folder that goes away after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'grace-cli-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Writes a file of JSON lines; texts are taken as they are. */
export function writeLines(file: string, lines: readonly unknown[]): string {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(file, `${text.join('\n')}\n`);
  return file;
}
