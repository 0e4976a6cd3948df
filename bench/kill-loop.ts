import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { BatchReportLine } from '../src/protocol/batch-result.ts';
import type { EditList } from '../src/protocol/codebook-result.ts';
import type { EditSummary } from '../src/protocol/edit-result.ts';

/** What killing a batch again and again has come to. */
export interface KillCount {
  readonly kills: number;
  /** Edits that the batch had reported as done. */
  readonly acknowledged: number;
  /** Acknowledged edits that the codebook does not have as they were. */
  readonly lost: number;
  /** Times that the codebook could not be opened, or had a damaged edit. */
  readonly unreadable: number;
  /** Lines of the batch file that were edited more than once. */
  readonly duplicates: number;
}

export interface KillPlan {
  readonly model: string;
  /** Each with a prompt of its own. */
  readonly lines: readonly { readonly prompt: string; readonly target: string }[];
  readonly kills: number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly onKill?: (kills: number, acknowledged: number) => void;
}

const CLI = path.resolve('bin/grace.mjs');

/** What is known of a batch from outside alone: its files, what it reports, and what `grace edits` says. */
export class KilledBatch {
  readonly #plan: KillPlan;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'grace-kill-'));
  readonly #lost = new Set<string>();
  readonly #duplicates = new Set<string>();
  #kills = 0;
  #unreadable = 0;
  /** Edits that were acknowledged in codebooks that were finished. */
  #finished = 0;
  /** Milliseconds from the start of a run to its first new edit, in an empty codebook. */
  #startUp = 0;

  constructor(plan: KillPlan) {
    this.#plan = plan;
    const lines = plan.lines.map((line) => JSON.stringify(line));
    writeFileSync(path.join(this.#folder, 'batch.jsonl'), `${lines.join('\n')}\n`);
  }

  get codebook(): string {
    return path.join(this.#folder, 'codebook');
  }

  /** What `grace` is given to do the batch, or to go on with it. */
  get args(): readonly string[] {
    const files = ['--file', path.join(this.#folder, 'batch.jsonl'), '--report', this.#report];
    return ['batch', '--model', this.#plan.model, '--codebook', this.codebook, ...files];
  }

  async run(): Promise<KillCount> {
    this.#startUp = await this.#timeToFirstEdit();
    while (this.#kills < this.#plan.kills) {
      if (await this.#runAndKill()) this.#check();
      else this.#startAgain(); // it came to its end
    }
    return {
      kills: this.#kills,
      acknowledged: this.#acknowledged,
      lost: this.#lost.size,
      unreadable: this.#unreadable,
      duplicates: this.#duplicates.size,
    };
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #acknowledged(): number {
    return this.#finished + this.#reported().length;
  }

  get #report(): string {
    return path.join(this.#folder, 'report.jsonl');
  }

  #start(): { readonly child: ChildProcess; readonly ended: Promise<NodeJS.Signals | null> } {
    const child = spawn(process.execPath, [CLI, ...this.args], { stdio: 'ignore' });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => {
      child.once('exit', (_, signal) => {
        resolve(signal);
      });
    });
    return { child, ended };
  }

  async #timeToFirstEdit(): Promise<number> {
    const started = performance.now();
    const { child, ended } = this.#start();
    while (this.#reported().length === 0 && child.exitCode === null) await wait(10);
    const elapsed = performance.now() - started;
    child.kill('SIGKILL');
    await ended;
    if (this.#reported().length === 0) throw new Error('The batch ended without an edit.');
    return elapsed;
  }

  /** False when the batch came to its end before it was killed. */
  async #runAndKill(): Promise<boolean> {
    const { child, ended } = this.#start();
    await this.#momentToKill(ended);
    child.kill('SIGKILL');
    if ((await ended) !== 'SIGKILL') return false;
    this.#kills++;
    return true;
  }

  /** Half of the time any moment of a run, half of the time one within milliseconds of a change in the codebook's files. */
  async #momentToKill(ended: Promise<unknown>): Promise<void> {
    const { random } = this.#plan;
    await wait(random() * 3 * this.#startUp);
    if (random() < 0.5) await this.#nextChange(ended);
    await wait(random() * 5);
  }

  async #nextChange(ended: Promise<unknown>): Promise<void> {
    const places = [this.codebook, path.join(this.codebook, 'vectors')].filter((place) => existsSync(place));
    const watchers = places.map((place) => watch(place));
    try {
      await Promise.race([ended, ...watchers.map((watcher) => once(watcher, 'change'))]);
    } finally {
      for (const watcher of watchers) watcher.close();
    }
  }

  #check(): void {
    const edits = this.#edits();
    if (edits?.every(({ state }) => state === 'live') !== true) this.#unreadable++;
    const there = new Map((edits ?? []).map((edit) => [edit.edit, contentOf(edit)]));
    for (const { line, edit } of this.#reported()) {
      const { prompt: text, target } = this.#plan.lines[line - 1]!;
      const content = contentOf({ prompt: { kind: 'text', text }, target });
      if (there.get(edit) !== content) this.#lost.add(content);
    }
    const seen = new Set<string>();
    for (const content of there.values()) (seen.has(content) ? this.#duplicates : seen).add(content);
    this.#plan.onKill?.(this.#kills, this.#acknowledged);
  }

  /** Undefined when the codebook cannot be read; none before it is made. */
  #edits(): EditList['edits'] | undefined {
    if (!existsSync(path.join(this.codebook, 'codebook.json'))) return this.#reported().length === 0 ? [] : undefined;
    try {
      const command = [CLI, 'edits', '--codebook', this.codebook, '--json'];
      const json = execFileSync(process.execPath, command, { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 30 });
      return (JSON.parse(json.toString()) as EditList).edits;
    } catch {
      return undefined;
    }
  }

  #reported(): readonly BatchReportLine[] {
    if (!existsSync(this.#report)) return [];
    const whole = readFileSync(this.#report, 'utf8').split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as BatchReportLine);
  }

  #startAgain(): void {
    this.#finished += this.#reported().length;
    rmSync(this.codebook, { recursive: true, force: true });
    rmSync(this.#report, { force: true });
  }
}

const contentOf = ({ prompt, target }: Pick<EditSummary, 'prompt' | 'target'>): string =>
  JSON.stringify([prompt, target]);
