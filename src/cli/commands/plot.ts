import type { Command } from 'commander';

import { exportRuns } from '../../engine/evaluation/export-runs.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import { notEmpty, repeatable } from '../options.ts';
import type { Outcome } from '../output.ts';
import type { Run } from '../run.ts';

interface PlotFlags {
  readonly run: readonly string[];
  readonly sweep?: string;
  readonly out: string;
  readonly json?: boolean;
}

export function plotCommand(program: Command, run: Run): void {
  program
    .command('plot')
    .description('draw runs and sweeps as SVG files; of two runs, both in one picture')
    .addOption(repeatable('--run <folder>', 'a run of grace evaluate'))
    .option('--sweep <folder>', 'a sweep of grace sweep', notEmpty)
    .requiredOption('--out <folder>', 'where the pictures go', notEmpty)
    .action((flags: PlotFlags) => run(flags, () => plot(flags)));
}

async function plot({ run, sweep, out }: PlotFlags): Promise<Outcome> {
  if (run.length === 0 && sweep === undefined)
    throw new CodedError(
      'bad-argument',
      'There is nothing to draw.',
      'Name a run with --run, or a sweep with --sweep.',
    );
  const files = await exportRuns({ runs: run, sweep }, 'svg', out);
  return { json: { files }, text: files.join('\n') };
}
