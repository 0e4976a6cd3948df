import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { replaceFile } from '../../../src/engine/grace/durable-file.ts';

const BUNDLES = path.resolve('node_modules/.cache/grace-tests');

/** Bundles a program of this folder for plain Node, below the checkout so that it finds native packages. */
export async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    ...{ entryPoints: [path.join(import.meta.dirname, `${name}.ts`)], logLevel: 'error', write: false },
    ...{ bundle: true, platform: 'node', format: 'esm', external: ['fs-native-extensions'] },
  });
  const program = path.join(BUNDLES, `${name}.mjs`);
  mkdirSync(BUNDLES, { recursive: true });
  // Another test may be running the same program.
  replaceFile(program, [outputFiles[0]!.contents]);
  return program;
}

/** A child process whose standard output is read line by line. */
export class Child {
  readonly lines: string[] = [];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;

  constructor(program: string, ...args: string[]) {
    this.#process = spawn(process.execPath, [program, ...args]);
    this.#closed = once(this.#process, 'close');
    createInterface(this.#process.stdout).on('line', (line) => this.lines.push(line));
    this.#process.stderr.pipe(process.stderr);
    onTestFinished(() => {
      this.#process.kill('SIGKILL');
    });
  }

  /** Waits until `count` lines have come; fails when the process ends before. */
  async waitFor(count: number): Promise<void> {
    while (this.lines.length < count) {
      if (this.#process.exitCode !== null) throw new Error(`the child ended with ${this.#process.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** kill -9; what it had written to its output before is in {@link lines} afterwards. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed;
  }
}
