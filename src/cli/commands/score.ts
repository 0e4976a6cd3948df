import type { Command } from 'commander';

import { CodedError } from '../../protocol/coded-error.ts';
import { describeDecision, figure } from '../describe.ts';
import {
  addModelOptions,
  addPromptOptions,
  readPromptOption,
  withEngine,
  type ModelOptions,
  type PromptOptions,
} from '../options.ts';
import type { Outcome } from '../output.ts';
import type { Run } from '../run.ts';

interface ScoreFlags extends ModelOptions, PromptOptions {
  readonly target: string;
  readonly edits: boolean;
  readonly json?: boolean;
}

export function scoreCommand(program: Command, run: Run): void {
  addPromptOptions(addModelOptions(program.command('score'), 'optional'))
    .description('how likely the model finds a given continuation: log-probability of each token, perplexity')
    .requiredOption('--target <text>', 'the continuation to score')
    .option('--no-edits', 'ignore the codebook: the model as it is')
    .action((flags: ScoreFlags) => run(flags, () => score(flags)));
}

async function score(flags: ScoreFlags): Promise<Outcome> {
  const prompt = readPromptOption(flags);
  if (flags.target.trim() === '') throw new CodedError('bad-argument', '--target is empty.', 'Give the text to score.');
  const result = await withEngine(flags, 'read', (engine) => engine.score(prompt, flags.target, flags.edits));
  const rows = result.tokens.map(({ text, logprob }) => `${figure(logprob).padStart(10)}  ${JSON.stringify(text)}`);
  const total = `log-probability ${figure(result.logprob)}, perplexity ${figure(result.perplexity)}`;
  return { json: result, text: [...rows, total, describeDecision(result.decision)].join('\n') };
}
