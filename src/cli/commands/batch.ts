import type { Command } from 'commander';

import type { Engine } from '../../engine/engine.ts';
import { GREEDY } from '../../engine/generation/sampler.ts';
import type { BatchLineError, BatchResult } from '../../protocol/batch-result.ts';
import { CodedError, reportError } from '../../protocol/coded-error.ts';
import { readBatchFile, type BatchFile, type BatchLine } from '../batch-file.ts';
import { BatchReport } from '../batch-report.ts';
import { addEditingOptions, editSettings, type EditingOptions } from '../edit-options.ts';
import { interruption } from '../interruption.ts';
import { addModelOptions, notEmpty, withEngine, type ModelOptions } from '../options.ts';
import { EXIT, note, type ExitCode, type Outcome } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import type { Run } from '../run.ts';

interface BatchFlags extends ModelOptions, EditingOptions {
  readonly file: string;
  readonly report?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

export function batchCommand(program: Command, run: Run): void {
  const command = addModelOptions(program.command('batch'), 'required')
    .description(
      'make many edits, one after the other; run again after an interruption, and it goes on where it stopped. Lines with ' +
        'errors are told by their numbers and make the exit code 2; the others are edited all the same',
    )
    .requiredOption(
      '--file <jsonl>',
      'one edit a line: {"prompt" or "messages", "target", "rephrasings", "radius"}; other fields are ignored',
      notEmpty,
    )
    .option(
      '--report <file>',
      'append a line of JSON for each edit, once it is on the disk: {"line", "edit", "success", "steps", "seconds"}',
      notEmpty,
    )
    .option('--verify', 'afterwards, generate every prompt of the file again and count the targets that hold');
  addEditingOptions(command).action((flags: BatchFlags) => run(flags, () => batch(flags)));
}

async function batch(flags: BatchFlags): Promise<Outcome> {
  const file = readBatchFile(flags.file);
  const report = flags.report === undefined ? undefined : new BatchReport(flags.report);
  try {
    const result = await withEngine(flags, 'write', (engine) => new BatchRun(engine, flags, report).run(file));
    for (const { line, message } of result.errors)
      note(message.startsWith(`Line ${line}:`) ? message : `Line ${line}: ${message}`);
    return { json: result, text: describe(result), exit: exitOf(result) };
  } finally {
    report?.close();
  }
}

/** One run over a batch file. */
class BatchRun {
  readonly #engine: Engine;
  readonly #flags: BatchFlags;
  readonly #report: BatchReport | undefined;
  readonly #errors: BatchLineError[] = [];
  readonly #missed: { readonly line: number; readonly edit: number }[] = [];
  #steps = 0;
  #made = 0;

  constructor(engine: Engine, flags: BatchFlags, report: BatchReport | undefined) {
    this.#engine = engine;
    this.#flags = flags;
    this.#report = report;
  }

  async run({ lines, errors }: BatchFile): Promise<BatchResult> {
    const started = performance.now();
    const done = new Set(this.#engine.codebook!.edits.map(({ record }) => record.source));
    const wanted = lines.filter(({ source }) => !done.has(source));
    const tried = await this.#edit(wanted);
    const seconds = (performance.now() - started) / 1000;
    const left = wanted.length - tried;
    return {
      lines: lines.length + errors.length,
      made: this.#made,
      skipped: lines.length - wanted.length,
      left,
      missed: this.#missed,
      errors: [...errors, ...this.#errors].sort((a, b) => a.line - b.line),
      steps: this.#steps,
      seconds,
      verified: this.#flags.verify && left === 0 ? await verify(this.#engine, lines, this.#flags) : undefined,
    };
  }

  /** Returns how many lines it has tried: all of them, unless it was interrupted. */
  async #edit(lines: readonly BatchLine[]): Promise<number> {
    const { signal, stop } = interruption();
    const bar = progressBar('edits', lines.length);
    try {
      for (const [at, line] of lines.entries()) {
        if (signal.aborted || !(await this.#editLine(line, signal))) return at;
        bar.increment();
      }
      return lines.length;
    } finally {
      bar.stop();
      stop();
    }
  }

  /** False when it was cancelled. */
  async #editLine({ line, prompt, target, rephrasings, radius, source }: BatchLine, signal: AbortSignal) {
    const settings = editSettings(this.#flags, this.#engine);
    const content = { prompt, target, rephrasings, probes: [], radius: radius ?? settings.radius };
    try {
      const { edit, success, steps, seconds } = await this.#engine.edit(
        { ...settings, ...content, source },
        { signal },
      );
      this.#report?.add({ line, edit, success, steps, seconds });
      this.#steps += steps;
      this.#made++;
      if (!success) this.#missed.push({ line, edit });
    } catch (error) {
      if (error instanceof CodedError && error.code === 'cancelled') return false;
      if (!isOfTheLine(error)) throw error;
      this.#errors.push({ line, ...reportError(error) });
    }
    return true;
  }
}

/** Whether other lines can do better; not when it is the codebook that is at fault, or we are. */
const isOfTheLine = (error: unknown): boolean =>
  error instanceof CodedError && !error.code.startsWith('codebook-') && error.data['reason'] !== 'ENOSPC';

/** Whether the live edits that the file asked for still give their targets, by generation through the codebook. */
async function verify(
  engine: Engine,
  lines: readonly BatchLine[],
  { continues, maxTokens }: BatchFlags,
): Promise<BatchResult['verified']> {
  const sources = new Set(lines.map(({ source }) => source));
  const edits = engine.codebook!.edits.filter(
    ({ record, state }) => state === 'live' && record.source !== undefined && sources.has(record.source),
  );
  const bar = progressBar('verified', edits.length);
  const lost: number[] = [];
  for (const { record } of edits) {
    const options = {
      maxTokens: Math.max(maxTokens, record.label.length + 1),
      sampling: GREEDY,
      stop: [],
      cache: true,
      edits: true,
    };
    const { text } = await engine.generate(record.prompt, options);
    const holds = continues ? text.trim().startsWith(record.target.trim()) : text.trim() === record.target.trim();
    if (!holds) lost.push(record.edit);
    bar.increment();
  }
  bar.stop();
  return { held: edits.length - lost.length, of: edits.length, lost };
}

function exitOf({ errors, missed, left, verified }: BatchResult): ExitCode {
  if (errors.length > 0) return EXIT.badInput;
  return missed.length > 0 || left > 0 || (verified && verified.lost.length > 0) ? EXIT.failed : EXIT.done;
}

function describe({ made, skipped, left, missed, errors, steps, seconds, verified }: BatchResult): string {
  const average = made > 0 ? ` (${(seconds / made).toFixed(2)} s and ${(steps / made).toFixed(1)} steps each)` : '';
  const sentences = [
    `${made} edits made in ${seconds.toFixed(1)} s${average}, ${skipped} made before, ${errors.length} lines with errors.`,
  ];
  if (left > 0) sentences.push(`Interrupted with ${left} lines left; the same command goes on with them.`);
  if (missed.length > 0)
    sentences.push(`${missed.length} did not reach their target: lines ${missed.map(({ line }) => line).join(', ')}.`);
  if (verified) {
    const lost = verified.lost.length > 0 ? ` Lost: edits ${verified.lost.join(', ')}.` : '';
    sentences.push(`${verified.held} of ${verified.of} targets hold.${lost}`);
  }
  return sentences.join('\n');
}
