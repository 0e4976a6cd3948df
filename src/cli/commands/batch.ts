import { SingleBar, Presets } from 'cli-progress';
import type { Command } from 'commander';

import type { Engine } from '../../engine/engine.ts';
import { GREEDY } from '../../engine/generation/sampler.ts';
import type { BatchLineError, BatchResult } from '../../protocol/batch-result.ts';
import { CodedError, reportError } from '../../protocol/coded-error.ts';
import { readBatchFile, type BatchLine } from '../batch-file.ts';
import { addEditingOptions, editSettings, type EditingOptions } from '../edit-options.ts';
import { addModelOptions, withEngine, type ModelOptions } from '../options.ts';
import { EXIT, note, type ExitCode, type Outcome } from '../output.ts';
import type { Run } from '../program.ts';

interface BatchFlags extends ModelOptions, EditingOptions {
  readonly file: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

export function batchCommand(program: Command, run: Run): void {
  const command = addModelOptions(program.command('batch'), 'required')
    .description(
      'make many edits, one after the other; run again after an interruption, and it goes on where it stopped',
    )
    .requiredOption(
      '--file <jsonl>',
      'one edit a line: {"prompt" or "messages", "target", "rephrasings", "radius"}; other fields are ignored',
    )
    .option('--verify', 'afterwards, generate every prompt of the file again and count the targets that hold');
  addEditingOptions(command).action((flags: BatchFlags) => run(flags, () => batch(flags)));
}

async function batch(flags: BatchFlags): Promise<Outcome> {
  const { lines, errors } = readBatchFile(flags.file);
  if (lines.length === 0) {
    throw new CodedError(
      'bad-input-file',
      errors[0]?.message ?? `${flags.file} has no lines.`,
      'A line is {"prompt": "...", "target": "..."}.',
      { errors },
    );
  }
  const result = await withEngine(flags, 'write', (engine) => makeEdits(engine, flags, lines, errors));
  for (const { line, message } of result.errors)
    note(message.startsWith(`Line ${line}`) ? message : `Line ${line}: ${message}`);
  return { json: result, text: describe(result), exit: exitOf(result) };
}

async function makeEdits(
  engine: Engine,
  flags: BatchFlags,
  lines: readonly BatchLine[],
  unread: readonly BatchLineError[],
): Promise<BatchResult> {
  const started = performance.now();
  const done = new Set(engine.codebook!.edits.map(({ record }) => record.source));
  const left = lines.filter(({ source }) => !done.has(source));
  const errors = [...unread];
  const missed: { line: number; edit: number }[] = [];
  const settings = editSettings(flags, engine);
  const interrupt = interruption();
  const bar = progressBar('edits', left.length);
  let steps = 0;
  let made = 0;
  for (const { line, prompt, target, rephrasings, radius, source } of left) {
    if (interrupt.signal.aborted) break;
    try {
      const request = {
        ...settings,
        prompt,
        target,
        rephrasings,
        probes: [],
        radius: radius ?? settings.radius,
        source,
      };
      const { edit, success, steps: taken } = await engine.edit(request, { signal: interrupt.signal });
      steps += taken;
      made++;
      if (!success) missed.push({ line, edit });
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (error.code === 'cancelled') break;
      errors.push({ line, ...reportError(error) });
    }
    bar.increment();
  }
  bar.stop();
  interrupt.stop();
  const seconds = (performance.now() - started) / 1000;
  const verified = flags.verify ? await verify(engine, lines, flags) : undefined;
  return {
    lines: lines.length + unread.length,
    made,
    skipped: lines.length - left.length,
    missed,
    errors,
    steps,
    seconds,
    verified,
  };
}

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

/** Ctrl-C ends the batch after what has been acknowledged; a second one ends the process. */
function interruption(): { readonly signal: AbortSignal; stop(): void } {
  const abort = new AbortController();
  const onInterrupt = (): void => {
    abort.abort();
  };
  process.once('SIGINT', onInterrupt);
  return { signal: abort.signal, stop: () => process.removeListener('SIGINT', onInterrupt) };
}

function progressBar(what: string, total: number): SingleBar {
  const bar = new SingleBar(
    {
      format: `{bar} {value}/{total} ${what}, {eta_formatted} left`,
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: 10_000,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return bar;
}

function exitOf({ errors, missed, verified }: BatchResult): ExitCode {
  if (errors.length > 0) return EXIT.badInput;
  return missed.length > 0 || (verified && verified.lost.length > 0) ? EXIT.failed : EXIT.done;
}

function describe({ made, skipped, missed, errors, steps, seconds, verified }: BatchResult): string {
  const average = made > 0 ? ` (${(seconds / made).toFixed(2)} s and ${(steps / made).toFixed(1)} steps each)` : '';
  return [
    `${made} edits made in ${seconds.toFixed(1)} s${average}, ${skipped} made before, ${errors.length} lines with errors.`,
    ...(missed.length > 0
      ? [`${missed.length} did not reach their target: lines ${missed.map(({ line }) => line).join(', ')}.`]
      : []),
    ...(verified
      ? [
          `${verified.held} of ${verified.of} targets hold.${verified.lost.length > 0 ? ` Lost: edits ${verified.lost.join(', ')}.` : ''}`,
        ]
      : []),
  ].join('\n');
}
