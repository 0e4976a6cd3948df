import type { Command } from 'commander';

import { calibrateModel } from '../../engine/calibrate-model.ts';
import type { CalibrationProgress, CalibrationResult } from '../../protocol/calibration.ts';
import { modelPath } from '../embedded-models.ts';
import { interruption } from '../interruption.ts';
import { addModelOptions, type ModelOptions } from '../options.ts';
import type { Outcome } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import type { Run } from '../run.ts';

interface CalibrateFlags extends ModelOptions {
  readonly again?: boolean;
  readonly json?: boolean;
}

export function calibrateCommand(program: Command, run: Run): void {
  addModelOptions(program.command('calibrate'), 'none')
    .description(
      'measure, once for a model, what the two-part router needs to fire on rewordings: a few minutes for a small model; ' +
        'Ctrl-C keeps what is complete, and the next time goes on from there',
    )
    .option('--again', 'measure once more what is known already')
    .action((flags: CalibrateFlags) => run(flags, () => calibrate(flags)));
}

async function calibrate(flags: CalibrateFlags): Promise<Outcome> {
  const model = modelPath(flags.model);
  const { signal, stop } = interruption();
  const bars = new Map<string, ReturnType<typeof progressBar>>();
  const onProgress = ({ kind, done, of }: CalibrationProgress): void => {
    const bar = bars.get(kind) ?? progressBar(kind === 'chat' ? 'prompts in the chat template' : 'prompts', of);
    bars.set(kind, bar);
    bar.update(done);
    if (done === of) bar.stop();
  };
  const { device, precision, again } = flags;
  const result = await calibrateModel(model, { device, precision, again }, onProgress, signal).finally(() => {
    for (const bar of bars.values()) bar.stop();
    stop();
  });
  return { json: result, text: describe(result) };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function describe({ kinds, measured, file, seconds }: CalibrationResult): string {
  const rows = kinds.flatMap(({ kind, rates }) => [
    `As ${kind === 'chat' ? 'a chat' : 'plain text'}, expected of relations it was not fitted to:`,
    ...(['strict', 'balanced', 'loose'] as const).map(
      (name) =>
        `  ${name.padEnd(9)} ${percent(rates[name].reworded)} of rewordings fire, ` +
        `${percent(rates[name].otherQuestion)} of other questions about the same subject do not`,
    ),
  ]);
  const how = measured.length > 0 ? `Calibrated in ${seconds.toFixed(0)} s` : 'Calibrated already';
  return [`${how}: new codebooks of this model use the two-part router.`, ...rows, `Kept in ${file}.`].join('\n');
}
