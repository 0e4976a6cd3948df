import { Option, type Command } from 'commander';
import pc from 'picocolors';

import { readBatchFile, type BatchFile } from '../../engine/batch-file.ts';
import { ratio } from '../../engine/tuning-choice.ts';
import { tune, USUAL_EDITS, USUAL_MULTIPLES } from '../../engine/tuning.ts';
import type { Share, Tuning, TuningCell } from '../../protocol/tuning.ts';
import { modelPath } from '../embedded-models.ts';
import { figure } from '../describe.ts';
import { interruption } from '../interruption.ts';
import { addModelOptions, notEmpty, numberBetween, wholeNumber, type ModelOptions } from '../options.ts';
import { note, type Outcome } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import type { Run } from '../run.ts';

interface TuneFlags extends ModelOptions {
  readonly file?: string;
  readonly hooks?: readonly string[];
  readonly radii: readonly number[];
  readonly edits: number;
  readonly json?: boolean;
}

export function tuneCommand(program: Command, run: Run): void {
  const multiple = numberBetween(0, Infinity, true);
  addModelOptions(program.command('tune'), 'none')
    .description(
      'which module to edit, and with which radius: tries some edits at several of each, measures how many reach their target, ' +
        'carry to rewordings and leave unrelated prompts alone, and proposes a setting; nothing is kept',
    )
    .option('--file <jsonl>', 'edits of your own to try, as for batch, with rephrasings (default: some that come with the program)', notEmpty)
    .addOption(
      new Option('--hooks <paths>', 'modules to try, with commas between (default: the blocks at 1/3, 1/2, 2/3 and 5/6 of the depth)')
        .argParser((text: string) => text.split(',').map((path) => notEmpty(path.trim()))),
    )
    .addOption(
      new Option('--radii <multiples>', 'radii to try, as multiples of the measured one, with commas between')
        .argParser((text: string) => text.split(',').map(multiple))
        .default(USUAL_MULTIPLES, USUAL_MULTIPLES.join(',')),
    )
    .option('--edits <n>', 'how many edits to try; the others are neighbours that none may fire for', wholeNumber(1), USUAL_EDITS)
    .action((flags: TuneFlags) => run(flags, () => measure(flags)));
} // prettier-ignore

async function measure(flags: TuneFlags): Promise<Outcome> {
  const { device, precision, hooks, radii, edits } = flags;
  const { signal, stop } = interruption();
  let bar: ReturnType<typeof progressBar> | undefined;
  const own = flags.file === undefined ? undefined : readTrials(flags.file);
  const measured = await tune({
    ...{ device, precision, hooks, edits, signal, multiples: radii },
    model: modelPath(flags.model),
    trials: own?.lines,
    onProgress: ({ done, of }) => {
      (bar ??= progressBar('pieces of work', of)).update(done);
    },
  }).finally(() => {
    bar?.stop();
    stop();
  });
  const tuning = { ...measured, errors: own?.errors ?? [] };
  return { json: tuning, text: describe(tuning) };
}

function readTrials(file: string): BatchFile {
  const read = readBatchFile(file);
  for (const { message } of read.errors) note(message);
  return read;
}

const SHADES = [' ', '░', '▒', '▓', '█'] as const;
const NOT_MEASURED = 'not measured';
const ADD_REPHRASINGS =
  'Rewordings are not measured, because none of these edits has any: add "rephrasings": ["..."] to the lines of the file. ' +
  'Proposed is the largest radius of those that leave most unrelated prompts alone.';

function percent(share: Share): string {
  const part = ratio(share);
  return part === null ? '-' : String(Math.round(100 * part));
}

const shade = (share: Share): string => SHADES[Math.round((ratio(share) ?? 0) * (SHADES.length - 1))]!.repeat(2);
const counts = ({ held, of }: Share): string => (of === 0 ? NOT_MEASURED : `${held} of ${of}`);

function describe({ hooks, multiples, cells, proposed, usual, edits, seconds }: Tuning): string {
  const width = Math.max(...hooks.map(({ hook }) => hook.length)) + 2;
  const row = (head: string, columns: readonly string[]): string => head.padEnd(width) + columns.map((each) => each.padStart(12)).join(''); // prettier-ignore
  const cellOf = (hook: string, multiple: number): TuningCell => cells.find((cell) => cell.hook === hook && cell.multiple === multiple)!; // prettier-ignore
  const show = (cell: TuningCell): string =>
    `${shade(cell.generality)} ${percent(cell.generality)}/${percent(cell.locality)}${cell === proposed ? '*' : ''}`;
  return [
    'Rewordings that give the target / unrelated prompts left alone, in per cent; radii as multiples of the measured one:',
    row('', multiples.map((multiple) => `x${figure(multiple)}`)),
    ...hooks.map(({ hook }) => row(hook, multiples.map((multiple) => show(cellOf(hook, multiple))))),
    '',
    ...hooks.map(({ hook, measuredRadius, reached, steps, seconds: each }) =>
      `${hook.padEnd(width)}measured radius ${figure(measuredRadius)}; ${counts(reached)} edits reach their target, in ${figure(steps)} steps and ${figure(each)} s each`),
    '',
    `${pc.green('Proposed')}: ${proposed.hook} with radius ${figure(proposed.radius)} (x${figure(proposed.multiple)}). ${predicted(proposed)}`,
    ...(usual && usual !== proposed ? [`Without a choice: ${usual.hook} with radius ${figure(usual.radius)}. ${predicted(usual)}`] : []),
    usual === proposed
      ? 'This is what is used without a choice.'
      : `To use it, with a new codebook: --hook ${proposed.hook} --radius ${figure(proposed.radius)}`,
    `Measured with ${edits} edits in ${seconds.toFixed(0)} s.`,
    ...(proposed.generality.of === 0 ? [ADD_REPHRASINGS] : []),
  ].join('\n'); // prettier-ignore
}

const predicted = ({ success, generality, locality }: TuningCell): string =>
  `Edits that hold: ${counts(success)}; rewordings: ${counts(generality)}; unrelated prompts left alone: ${counts(locality)}.`;
