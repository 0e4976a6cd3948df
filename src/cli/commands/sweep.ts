import { Option, type Command } from 'commander';
import type { SingleBar } from 'cli-progress';

import { readExperiment } from '../../engine/experiment-run.ts';
import { runSweep } from '../../engine/experiment-sweep.ts';
import { DEVICES, type DeviceChoice } from '../../engine/runtime/device.ts';
import type { GroupMetrics, SweepResult } from '../../protocol/evaluation.ts';
import { figure } from '../describe.ts';
import { interruption } from '../interruption.ts';
import { notEmpty } from '../options.ts';
import type { Outcome } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import type { Run } from '../run.ts';

interface SweepFlags {
  readonly experiment: string;
  readonly out?: string;
  readonly device: DeviceChoice;
  readonly json?: boolean;
}

export function sweepCommand(program: Command, run: Run): void {
  program
    .command('sweep')
    .description("an experiment's edits at several hook points, with several radii; run again, it goes on cell by cell")
    .requiredOption('--experiment <file>', 'what to run; it names hooks and radii (docs/evaluation.md)', notEmpty)
    .option('--out <folder>', 'where the sweep is kept (default: runs/NAME-sweep)', notEmpty)
    .addOption(new Option('--device <device>', 'where to compute').choices(DEVICES).default('auto'))
    .action((flags: SweepFlags) => run(flags, () => sweep(flags)));
}

async function sweep(flags: SweepFlags): Promise<Outcome> {
  const experiment = readExperiment(flags.experiment);
  const { signal, stop } = interruption();
  let bar: SingleBar | undefined;
  const result = await runSweep(experiment, {
    out: flags.out ?? `runs/${experiment.name}-sweep`,
    device: flags.device,
    signal,
    onStart: (work) => {
      bar = progressBar('edits and answers', work);
    },
    onProgress: (done) => {
      bar?.increment(done);
    },
  }).finally(() => {
    bar?.stop();
    stop();
  });
  return { json: result, text: describe(result) };
}

function describe({ title, task, cells }: SweepResult): string {
  const of = (metrics: GroupMetrics | undefined): string =>
    metrics === undefined
      ? '-'
      : task === 'passages'
        ? figure(metrics.perplexity ?? Infinity)
        : metrics.exact.toFixed(3);
  const rows = cells.map(({ hook, policy, radius, keys, edits, groups }) =>
    [
      hook.padEnd(40),
      policy.padEnd(15),
      figure(radius).padStart(9),
      `${keys}/${edits}`.padStart(9),
      ...(['ES', 'ERR', 'TRR', 'holdout'] as const).map((group) => of(groups[group]).padStart(9)),
    ].join(''),
  );
  const head = ['ES', 'ERR', 'TRR', 'holdout'].map((group) => group.padStart(9)).join('');
  return [
    `${title}: ${task === 'passages' ? 'perplexity' : 'share that is exactly right'}`,
    `${'hook'.padEnd(40)}${'policy'.padEnd(15)}${'radius'.padStart(9)}${'keys'.padStart(9)}${head}`,
    ...rows,
  ].join('\n');
}
