import { InvalidArgumentError, Option, type Command } from 'commander';
import type { SingleBar } from 'cli-progress';

import { readExperiment, runExperiment } from '../../engine/experiment-run.ts';
import { DEVICES, type DeviceChoice } from '../../engine/runtime/device.ts';
import { METHODS, type EvaluationResult, type GroupMetrics, type MethodName } from '../../protocol/evaluation.ts';
import { interruption } from '../interruption.ts';
import { notEmpty, repeatable } from '../options.ts';
import type { Outcome } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import type { Run } from '../run.ts';

interface EvaluateFlags {
  readonly experiment: string;
  readonly out?: string;
  readonly method: readonly MethodName[];
  readonly device: DeviceChoice;
  readonly json?: boolean;
}

export function evaluateCommand(program: Command, run: Run): void {
  program
    .command('evaluate')
    .description(
      'run an experiment: a stream of edits by GRACE and by what it is compared with, measured on the way; run again after an ' +
        'interruption, and it goes on where it stopped',
    )
    .requiredOption('--experiment <file>', 'what to run (docs/evaluation.md)', notEmpty)
    .option('--out <folder>', 'where the run is kept (default: runs/NAME of the experiment)', notEmpty)
    .addOption(methodOption())
    .addOption(new Option('--device <device>', 'where to compute').choices(DEVICES).default('auto'))
    .action((flags: EvaluateFlags) => run(flags, () => evaluate(flags)));
}

/** `--method`, several times for several. */
function methodOption(): Option {
  const description = `only this method: ${METHODS.join(', ')}`;
  return repeatable('--method <name>', description, 'those that the experiment names').argParser(
    (value: string, before: readonly MethodName[]): readonly MethodName[] => {
      const method = METHODS.find((name) => name === value);
      if (!method) throw new InvalidArgumentError(`There is no method ${value}; choose from ${METHODS.join(', ')}.`);
      return [...before, method];
    },
  );
}

async function evaluate(flags: EvaluateFlags): Promise<Outcome> {
  const experiment = readExperiment(flags.experiment);
  const { signal, stop } = interruption();
  let bar: SingleBar | undefined;
  const result = await runExperiment(experiment, {
    out: flags.out ?? `runs/${experiment.name}`,
    device: flags.device,
    methods: flags.method.length > 0 ? flags.method : undefined,
    signal,
    onStart: (method, work) => {
      bar?.stop();
      bar = progressBar(`edits and answers of ${method}`, work);
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

/** The last checkpoint of every method, one line each. */
function describe({ title, stream, task, methods }: EvaluationResult): string {
  const groups = (['ES', 'ERR', 'TRR', 'ARR', 'holdout'] as const).filter((group) =>
    methods.some(({ checkpoints }) => checkpoints.at(-1)?.groups[group]),
  );
  const figure = (metrics: GroupMetrics | undefined): string =>
    metrics === undefined
      ? '-'
      : task === 'passages'
        ? metrics.perplexity === null
          ? 'none'
          : metrics.perplexity.toPrecision(4)
        : metrics.exact.toFixed(3);
  const rows = methods.map(({ method, checkpoints, cost }) => {
    const last = checkpoints.at(-1);
    const figures = groups.map((group) => figure(last?.groups[group]).padStart(9));
    const seconds = cost?.medianSeconds?.toFixed(3) ?? '-';
    return `${method.padEnd(16)}${String(last?.edits ?? 0).padStart(6)}${String(last?.keys ?? '-').padStart(7)}${figures.join('')}${seconds.padStart(9)}`;
  });
  const begun = methods
    .filter(({ complete }) => !complete)
    .map(
      ({ method, checkpoints }) => `${method} (measured after ${checkpoints.at(-1)?.edits ?? 0} of ${stream} edits)`,
    );
  const measure = task === 'passages' ? 'perplexity' : 'share that is exactly right';
  return [
    `${title}: ${stream} edits; ${measure}`,
    `${'method'.padEnd(16)}${'edits'.padStart(6)}${'keys'.padStart(7)}${groups.map((group) => group.padStart(9)).join('')}${'s/edit'.padStart(9)}`,
    ...rows,
    ...(begun.length > 0 ? [`Not complete, and not to be compared: ${begun.join(', ')}.`] : []),
  ].join('\n');
}
