import type { Command } from 'commander';
import pc from 'picocolors';

import { CodedError } from '../../protocol/coded-error.ts';
import { underOtherNames } from '../../engine/grace/two-part/aliases.ts';
import type { EditResult } from '../../protocol/edit-result.ts';
import { brief, describePrompt, describeValue, figure } from '../describe.ts';
import { addEditingOptions, editSettings, type EditingOptions } from '../edit-options.ts';
import { interruption } from '../interruption.ts';
import {
  addModelOptions,
  addPromptOptions,
  notEmpty,
  readPromptOption,
  repeatable,
  textPrompt,
  withEngine,
  type ModelOptions,
  type PromptOptions,
} from '../options.ts';
import { EXIT, type Outcome } from '../output.ts';
import type { Run } from '../run.ts';
import { wordDiff } from '../word-diff.ts';

interface EditFlags extends ModelOptions, PromptOptions, EditingOptions {
  readonly target: string;
  readonly rephrase: readonly string[];
  readonly alias: readonly string[];
  readonly negative: readonly string[];
  readonly subject?: string;
  readonly probe: readonly string[];
  readonly json?: boolean;
}

export function editCommand(program: Command, run: Run): void {
  const command = addPromptOptions(addModelOptions(program.command('edit'), 'required'))
    .description('correct the model: from now on, this prompt gives this target; Ctrl-C leaves the codebook as it was')
    .requiredOption(
      '--target <text>',
      'what the model should say; of a classifier, the name or the number of the class',
    )
    .addOption(repeatable('--rephrase <text>', 'another way to ask the same'))
    .option(
      '--subject <text>',
      'who or what it is about, for the two-part router (default: names and numbers of the prompt)',
      notEmpty,
    )
    .addOption(repeatable('--alias <name>', 'another name of the subject: the prompt with it becomes a rephrasing'))
    .addOption(repeatable('--negative <text>', 'a prompt that must not fire it'))
    .addOption(repeatable('--probe <text>', 'a prompt whose answer must not change'));
  addEditingOptions(command).action((flags: EditFlags) => run(flags, () => edit(flags)));
}

async function edit(flags: EditFlags): Promise<Outcome> {
  const prompt = readPromptOption(flags);
  if (flags.target.trim() === '')
    throw new CodedError('bad-argument', '--target is empty.', 'Write what the model should say.');
  const { subject, alias } = flags;
  const reworded = flags.rephrase.map((text) => textPrompt(text, '--rephrase'));
  const rephrasings = [...reworded, ...underOtherNames(prompt, alias, subject)];
  const negatives = flags.negative.map((text) => textPrompt(text, '--negative'));
  const probes = flags.probe.map((text) => textPrompt(text, '--probe'));
  const { signal, stop } = interruption();
  const result = await withEngine(flags, 'write', (engine) =>
    engine.edit(
      { prompt, target: flags.target, rephrasings, negatives, subject, probes, ...editSettings(flags, engine) },
      { signal },
    ),
  ).finally(stop);
  return { json: result, text: describeEdit(result), exit: result.success ? EXIT.done : EXIT.failed };
}

export function describeEdit(result: EditResult): string {
  const { edit, action, success, steps, rows, loss, seconds, radius } = result;
  const reached = success ? pc.green('reached its target') : pc.red('did not reach its target');
  const changed = result.probes.filter(({ unchanged }) => !unchanged);
  return [
    `Edit ${edit} (${action}) ${reached}: ${describeValue(rows)}, ${steps} steps, loss ${figure(loss[0]!)} to ${figure(loss.at(-1)!)}, radius ${figure(radius)}, ${seconds.toFixed(1)} s.`,
    wordDiff(result.before, result.after),
    ...(result.probes.length > 0
      ? [`Unchanged: ${result.probes.length - changed.length} of ${result.probes.length} probes.`]
      : []),
    ...changed.map(
      ({ prompt, before, after }) =>
        `  ${pc.yellow('changed')} ${brief(describePrompt(prompt), 60)}\n${wordDiff(before, after)}`,
    ),
    ...(result.orphans.length > 0
      ? [
          `${pc.yellow('Orphaned')}: edits ${[...new Set(result.orphans.map((moved) => moved.edit))].join(', ')} lost their entry; edit them again.`,
        ]
      : []),
    ...(result.displaced.length > 0
      ? [
          `${pc.yellow('Displaced')}: edits ${[...new Set(result.displaced.map((moved) => moved.edit))].join(', ')} fire another entry now.`,
        ]
      : []),
  ].join('\n');
}
