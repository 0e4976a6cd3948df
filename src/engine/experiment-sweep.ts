import { CodedError } from '../protocol/coded-error.ts';
import type { SweepResult } from '../protocol/evaluation.ts';
import { radiusOf, type Experiment, type ExperimentSettings } from './evaluation/experiment.ts';
import { readSweep } from './evaluation/picture-data.ts';
import { RunFolder } from './evaluation/run-folder.ts';
import { whileWriting } from './evaluation/run-lock.ts';
import { asking, runUnedited, UNEDITED } from './evaluation/run-method.ts';
import { SweepCells } from './evaluation/sweep-cells.ts';
import { cellWork, SweepHook } from './evaluation/sweep-hook.ts';
import { Unedited } from './evaluation/unedited.ts';
import { beginRun, measureBase, openExperiment, type OpenExperiment } from './experiment-run.ts';
import type { DeviceChoice } from './runtime/device.ts';

export interface SweepOptions {
  /** Folder of the sweep; it is made, or gone on with cell by cell. */
  readonly out: string;
  readonly device: DeviceChoice;
  readonly signal: AbortSignal;
  /** Told of the work before it begins, in edits and answers. */
  readonly onStart?: ((work: number) => void) | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Told of each cell when it is kept. */
  readonly onCell?: (() => void) | undefined;
}

/**
 * GRACE with one stream of edits at several hook points, with several radii and replacement policies: the paper's figure 2.
 *
 * @throws CodedError `bad-input-file` when the experiment names no sweep; otherwise as `runExperiment`.
 */
export async function runSweep(experiment: Experiment, options: SweepOptions): Promise<SweepResult> {
  const { sweep, settings } = experiment;
  if (!sweep)
    throw new CodedError('bad-input-file', 'The experiment names no sweep.', 'Add "sweep": {"hooks", "radii"} to it.');
  const policies = sweep.policies ?? [settings.policy];
  const cellsOf = sweep.radii.flatMap((radius) => policies.map((policy) => ({ radius, policy })));
  const streamed: Experiment = { ...experiment, size: Math.min(sweep.size, experiment.size ?? Infinity) };
  for (const hook of sweep.hooks) {
    const open = await openExperiment(streamed, options.device, hook);
    try {
      if (hook === sweep.hooks[0]) {
        // One that the model does not have is told before the first is swept for minutes.
        open.base.model.model.replaceable(sweep.hooks);
        options.onStart?.(sweep.hooks.length * cellsOf.length * cellWork(open.material));
      }
      await sweepAt(hook, open, cellsOf, options);
    } finally {
      await open.base.dispose();
    }
  }
  return readSweep(RunFolder.open(options.out));
}

type CellSettings = Pick<ExperimentSettings, 'radius' | 'policy'>;

/** The cells of one hook point that are not kept yet. */
async function sweepAt(
  hook: string,
  open: OpenExperiment,
  settings: readonly CellSettings[],
  options: SweepOptions,
): Promise<void> {
  const run = await beginRun(open, options.out, 'sweep');
  await whileWriting(run.path, async () => {
    const cells = SweepCells.open(run.path);
    try {
      await addCells(cells, hook, open, settings, run, options);
    } finally {
      cells.close();
    }
  });
}

async function addCells(
  cells: SweepCells,
  hook: string,
  { base, bench, material }: OpenExperiment,
  settings: readonly CellSettings[],
  run: RunFolder,
  { signal, onProgress = () => undefined, onCell }: SweepOptions,
): Promise<void> {
  const respond = asking(bench, new Unedited(base.model));
  const watch = { signal, onProgress: (): void => undefined };
  const unedited = await runUnedited(run.folderOf(UNEDITED), respond, material, watch);
  const { radius: measured } = await measureBase(base);
  const here = new SweepHook(base.model, bench, material, unedited);
  for (const { radius, policy } of settings) {
    const place = { hook, policy, radius: radiusOf(radius, measured), measured };
    if (cells.has(place)) onProgress(cellWork(material));
    else {
      cells.add({ ...place, ...(await here.cell(place.radius, policy, signal, onProgress)) });
      onCell?.();
    }
  }
}
