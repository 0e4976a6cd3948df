import type { Command } from 'commander';

import { readBatchFile, type BatchFile, type BatchLine } from '../../engine/batch-file.ts';
import { runBatch } from '../../engine/batch-run.ts';
import type { Engine } from '../../engine/engine.ts';
import { GREEDY } from '../../engine/generation/sampler.ts';
import type { BatchReportLine, BatchResult } from '../../protocol/batch-result.ts';
import type { EditResult } from '../../protocol/edit-result.ts';
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
      'one edit a line: {"prompt" or "text" or "messages", "target" or "label", "rephrasings", "subject", "negatives", "probes", "radius"}; other fields are ignored',
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
    const result = await withEngine(flags, 'write', (engine) => editAll(engine, file, flags, report));
    for (const { line, message } of result.errors)
      note(message.startsWith(`Line ${line}:`) ? message : `Line ${line}: ${message}`);
    return { json: result, text: describe(result), exit: exitOf(result) };
  } finally {
    report?.close();
  }
}

async function editAll(
  engine: Engine,
  file: BatchFile,
  flags: BatchFlags,
  report: BatchReport | undefined,
): Promise<BatchResult> {
  const settings = editSettings(flags, engine);
  const { signal, stop } = interruption();
  let bar: ReturnType<typeof progressBar> | undefined;
  const result = await runBatch(file, {
    done: new Set(engine.codebook!.edits.map(({ record }) => record.source)),
    edit: ({ prompt, target, rephrasings, subject, negatives, probes, radius, source }) => {
      const content = {
        ...{ prompt, target, rephrasings, subject, negatives, probes, source },
        radius: radius ?? settings.radius,
      };
      return engine.edit({ ...settings, ...content }, { signal });
    },
    signal,
    onStart: (of) => {
      bar = progressBar('edits', of);
    },
    onLine: ({ line }, made) => {
      if (made) report?.add(reportLine(line, made));
      bar?.increment();
    },
  }).finally(() => {
    bar?.stop();
    stop();
  });
  const verified = flags.verify && result.left === 0 ? await verify(engine, file.lines, flags) : undefined;
  return { ...result, verified };
}

const reportLine = (line: number, { edit, success, steps, seconds }: EditResult): BatchReportLine => ({
  ...{ line, edit, success, steps, seconds },
});

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
    const { text } = await engine.answer(record.prompt, options);
    const holds =
      continues && !engine.endsWith(record.label)
        ? text.trim().startsWith(record.target.trim())
        : text.trim() === record.target.trim();
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
