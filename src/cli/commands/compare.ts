import type { Command } from 'commander';
import pc from 'picocolors';

import { compareAnswers } from '../../engine/compare-answers.ts';
import type { Comparison } from '../../protocol/comparison.ts';
import { describeDecision } from '../describe.ts';
import { interruption } from '../interruption.ts';
import {
  addModelOptions,
  addPromptOptions,
  readPromptOption,
  wholeNumber,
  withEngine,
  type ModelOptions,
  type PromptOptions,
} from '../options.ts';
import type { Run } from '../run.ts';
import { visible } from '../visible.ts';

interface CompareFlags extends ModelOptions, PromptOptions {
  readonly maxTokens: number;
  readonly json?: boolean;
}

export function compareCommand(program: Command, run: Run): void {
  addPromptOptions(addModelOptions(program.command('compare'), 'required'))
    .description(
      'answer a prompt three ways: by the model as it is, with the codebook, and with the fact of the edit that fires put before ' +
        'the prompt',
    )
    .option('--max-tokens <n>', 'tokens at most', wholeNumber(1), 32)
    .action((flags: CompareFlags) =>
      run(flags, async () => {
        const prompt = readPromptOption(flags);
        const { signal, stop } = interruption();
        const compared = await withEngine(flags, 'read', (engine) =>
          compareAnswers(engine, prompt, flags.maxTokens, signal),
        ).finally(stop);
        return { json: compared, text: describe(compared) };
      }),
    );
}

function describe({ decision, unedited, edited, inContext }: Comparison): string {
  return [
    `${pc.bold('unedited')}    ${visible(unedited.trim())}`,
    `${pc.bold('edited')}      ${visible(edited.trim())}`,
    `${pc.bold('in context')}  ${inContext ? visible(inContext.answer.trim()) : pc.dim('no edit fires, so there is no fact to put there')}`, // prettier-ignore
    describeDecision(decision),
  ].join('\n');
}
