import type { Command } from 'commander';

import { describeDecision, explainDecision } from '../describe.ts';
import {
  addModelOptions,
  addPromptOptions,
  readPromptOption,
  withEngine,
  type ModelOptions,
  type PromptOptions,
} from '../options.ts';
import type { Run } from '../run.ts';

interface DecideFlags extends ModelOptions, PromptOptions {
  readonly explain?: boolean;
  readonly json?: boolean;
}

export function decideCommand(program: Command, run: Run): void {
  addPromptOptions(addModelOptions(program.command('decide'), 'required'))
    .description('which entry would fire for a prompt and why, without generating')
    .option('--explain', 'say what the decision rests on, line by line')
    .action((flags: DecideFlags) =>
      run(flags, async () => {
        const prompt = readPromptOption(flags);
        const decision = await withEngine(flags, 'read', (engine) => engine.decide(prompt));
        return { json: decision, text: flags.explain ? explainDecision(decision) : describeDecision(decision) };
      }),
    );
}
