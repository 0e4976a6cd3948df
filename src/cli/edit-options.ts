import { Option, type Command } from 'commander';

import type { Engine } from '../engine/engine.ts';
import type { EditRequest } from '../engine/grace/editor.ts';
import {
  DEFAULT_TRAINING,
  PAPER_TRAINING,
  VALUE_FORMS,
  type TrainingSettings,
  type ValueForm,
} from '../engine/grace/learn-value.ts';
import { MOST_LEAD_INS } from '../engine/grace/lead-ins.ts';
import { REPLACEMENT_POLICIES } from '../engine/grace/replacement-policy.ts';
import { radiusOf, STRICTNESS } from '../protocol/two-part.ts';
import type { Strictness } from '../protocol/calibration.ts';
import { CodedError } from '../protocol/coded-error.ts';
import type { ReplacementPolicy } from '../protocol/edit.ts';
import { numberBetween, wholeNumber } from './options.ts';

/** Options of every command that makes edits. */
export interface EditingOptions {
  readonly preset: 'default' | 'paper';
  readonly radius?: number;
  readonly strictness?: Strictness;
  readonly replace?: ReplacementPolicy;
  readonly steps?: number;
  readonly lr?: number;
  readonly start?: 'warm' | 'cold';
  readonly value?: ValueForm;
  readonly seed: number;
  readonly leadIns?: number;
  readonly continues?: boolean;
  readonly maxTokens: number;
}

export function addEditingOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--preset <name>',
        "paper: the released code's settings (100 Adam steps of 1.0 from U[0, 1), no early stop)",
      )
        .choices(['default', 'paper'])
        .default('default'),
    )
    .option(
      '--radius <e>',
      'radius of a new key (default: measured for the model and hook point)',
      numberBetween(0, Infinity),
    )
    .addOption(
      new Option(
        '--strictness <name>',
        'how readily the two-part router fires a new edit: strict spares more other questions, loose reaches more rewordings ' +
          '(default: balanced)',
      )
        .choices(Object.keys(STRICTNESS))
        .conflicts('radius'),
    )
    .addOption(
      new Option('--replace <policy>', 'which positions get the value (default: replace_last)').choices(
        REPLACEMENT_POLICIES,
      ),
    )
    .option('--steps <n>', `learning steps at most (default: ${DEFAULT_TRAINING.steps})`, wholeNumber(1))
    .option(
      '--lr <rate>',
      "Adam's step size (default: 0.1 x the root mean square of the module's output)",
      numberBetween(0, Infinity, true),
    )
    .addOption(
      new Option('--start <where>', "warm: from the module's own output; cold: U[0, 1)").choices(['warm', 'cold']),
    )
    .addOption(
      new Option(
        '--value <form>',
        'vector: one at the last prompt token; track: one for each token of the target; auto: a track for long targets, ' +
          'and where a vector does not reach the target (default: auto)',
      ).choices(VALUE_FORMS),
    )
    .option('--seed <n>', 'seed of a cold start and of lead-ins', wholeNumber(0), 0)
    .option(
      '--lead-ins <n>',
      `unrelated sentences behind which the value is learned as well, at most ${MOST_LEAD_INS} (default: none)`,
      wholeNumber(1),
    )
    .option('--continues', 'the target does not end the answer: the model goes on after it')
    .option('--max-tokens <n>', 'length of the outputs shown before and after', wholeNumber(1), 48);
}

type Settings = Omit<EditRequest, 'prompt' | 'target' | 'rephrasings' | 'probes' | 'source'>;

/** What the options say of how to edit; the rest is the preset's and the codebook's. */
export function editSettings(options: EditingOptions, engine: Engine): Settings {
  return {
    ends: options.continues !== true,
    radius: options.radius ?? strictRadius(options, engine) ?? engine.measuredRadius!,
    replace: options.replace ?? 'replace_last',
    training: training(options),
    maxTokens: options.maxTokens,
  };
}

function strictRadius({ strictness }: EditingOptions, engine: Engine): number | undefined {
  if (strictness === undefined) return undefined;
  if (engine.router === 'two-part') return radiusOf(STRICTNESS[strictness]);
  throw new CodedError(
    'bad-argument',
    "--strictness is of the two-part router, and this codebook has GRACE's own.",
    'Give a --radius instead.',
  );
}

function training({ preset, steps, lr, start, value, seed, leadIns }: EditingOptions): TrainingSettings {
  const base = preset === 'paper' ? PAPER_TRAINING : DEFAULT_TRAINING;
  return {
    ...base,
    steps: steps ?? base.steps,
    learningRate: lr ?? base.learningRate,
    start: start ?? base.start,
    form: value ?? base.form,
    seed,
    leadIns,
  };
}
