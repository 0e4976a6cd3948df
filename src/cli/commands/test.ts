import { existsSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';

import { testCodebook } from '../../engine/codebook-test.ts';
import type { Engine } from '../../engine/engine.ts';
import { accessing, replaceFileDurably } from '../../engine/grace/durable-file.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { CodebookTest, PromptTest, TestedEdit } from '../../protocol/edit-test.ts';
import { brief, describeDecision, describePrompt } from '../describe.ts';
import { interruption } from '../interruption.ts';
import { junitReport } from '../junit.ts';
import { addModelOptions, notEmpty, repeatable, wholeNumber, withEngine, type ModelOptions } from '../options.ts';
import { EXIT, type Outcome } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import type { Run } from '../run.ts';
import { visible } from '../visible.ts';
import { wordDiff } from '../word-diff.ts';
import { editNumber } from './edits.ts';

interface TestFlags extends ModelOptions {
  readonly edit: readonly string[];
  readonly junit?: string;
  readonly maxTokens: number;
  readonly json?: boolean;
}

export function testCommand(program: Command, run: Run): void {
  addModelOptions(program.command('test'), 'required')
    .description(
      'ask every prompt of the edits again: each edit and rephrasing has to give its target, each probe the answer it had ' +
        'before; ends with 1 if one does not, or if files of the codebook are damaged',
    )
    .addOption(repeatable('--edit <n>', 'test this edit alone'))
    .option(
      '--junit <file>',
      'write the results as JUnit XML as well, when all tests have run; what was there before is taken away at once',
      notEmpty,
    )
    .option('--max-tokens <n>', 'length of the outputs; raised to the length of the target', wholeNumber(1), 64)
    .action((flags: TestFlags) => run(flags, () => test(flags)));
}

async function test(flags: TestFlags): Promise<Outcome> {
  const edits = flags.edit.length > 0 ? flags.edit.map(editNumber) : undefined;
  if (flags.junit !== undefined) clearPlace(flags.junit);
  const { signal, stop } = interruption();
  const result = await withEngine(flags, 'read', (engine) => runTests(engine, edits, flags, signal)).finally(stop);
  if (flags.junit !== undefined && result.left === 0)
    replaceFileDurably(flags.junit, [Buffer.from(junitReport(result))]);
  return { json: result, text: describe(result), exit: result.passed ? EXIT.done : EXIT.failed };
}

/** Before the model is loaded and asked for minutes. A report of earlier tests is not left to be taken for that of these. */
function clearPlace(file: string): void {
  const folder = path.dirname(path.resolve(file));
  if (!existsSync(folder))
    throw new CodedError('bad-argument', `There is no folder ${folder} for the file of --junit.`, 'Make it first.');
  if (file.endsWith(path.sep) || statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new CodedError('bad-argument', `${file} is a folder, and --junit writes a file.`, 'Name a file in it.');
  accessing(file, () => { rmSync(file, { force: true }); }); // prettier-ignore
}

async function runTests(
  engine: Engine,
  edits: readonly number[] | undefined,
  { maxTokens }: TestFlags,
  signal: AbortSignal,
): Promise<CodebookTest> {
  let bar: ReturnType<typeof progressBar> | undefined;
  const options = {
    ...{ maxTokens, edits, signal },
    onStart: (of: number): void => {
      bar = progressBar('edits tested', of);
    },
    onEdit: (): void => {
      bar?.increment();
    },
  };
  return testCodebook(engine, options).finally(() => bar?.stop());
}

function describe({ edits, prompts, left, faults, seconds }: CodebookTest): string {
  const skipped = edits.filter(({ outcome }) => outcome === 'skipped').map(({ edit }) => edit);
  const { held, failed, superseded } = prompts;
  const sentences = [
    ...edits.flatMap(describeFailed),
    ...faults.map((fault) => `${pc.red('damaged')}  ${visible(fault)}`),
    edits.length === 0
      ? 'There is nothing to test.'
      : `${held} of ${held + failed} prompts of ${counted(edits.length, 'edit')} answer as they should (${seconds.toFixed(1)} s).`,
  ];
  if (superseded > 0)
    sentences.push(`Not asked, because a later edit was made for it: ${counted(superseded, 'prompt')}.`);
  if (skipped.length > 0)
    sentences.push(`Skipped, being disabled: ${skipped.length === 1 ? 'edit' : 'edits'} ${skipped.join(', ')}.`);
  if (left > 0) sentences.push(`Interrupted with ${counted(left, 'edit')} left.`);
  return sentences.join('\n');
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function describeFailed({ edit, outcome, prompts }: TestedEdit): readonly string[] {
  if (outcome === 'damaged') return [`${pc.red('damaged')}  edit ${edit}: its vectors cannot be read`];
  return prompts.filter((each) => each.outcome === 'fails').map((each) => describeFailure(edit, each));
}

function describeFailure(edit: number, { role, at, prompt, expected, output, decision }: PromptTest): string {
  const place = role === 'prompt' ? 'prompt' : `${role} ${at + 1}`;
  const head = `${pc.red('failed')}  edit ${edit}, ${place}: ${brief(describePrompt(prompt), 80)}`;
  return [head, wordDiff(expected, output), `  ${describeDecision(decision)}`].join('\n');
}
