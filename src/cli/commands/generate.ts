import type { Command } from 'commander';

import type { Classification } from '../../protocol/classification.ts';
import type { Generation } from '../../protocol/generation.ts';
import { describeDecision, figure } from '../describe.ts';
import { interruption } from '../interruption.ts';
import {
  addModelOptions,
  addPromptOptions,
  numberBetween,
  readPromptOption,
  repeatable,
  wholeNumber,
  withEngine,
  type ModelOptions,
  type PromptOptions,
} from '../options.ts';
import { EXIT, note, type Outcome } from '../output.ts';
import type { Run } from '../run.ts';
import { visible } from '../visible.ts';

const SHOWN_CLASSES = 10;
/** Characters of a bar that stands for certainty. */
const BAR = 24;

export interface GenerateFlags extends ModelOptions, PromptOptions {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly repetitionPenalty: number;
  readonly seed: number;
  readonly stop: readonly string[];
  readonly edits: boolean;
  readonly cache: boolean;
  readonly json?: boolean;
}

export function generateCommand(program: Command, run: Run): void {
  const command = program
    .command('generate')
    .description(
      "let the model continue or answer a prompt, fill in its masks, or tell its class, with the codebook's edits; Ctrl-C ends it with what was said so far, and exit code 1",
    );
  addSamplingOptions(addPromptOptions(addModelOptions(command, 'optional')))
    .addOption(repeatable('--stop <text>', 'end before this text'))
    .option('--no-edits', 'ignore the codebook: the model as it is')
    .option('--no-cache', 'run the whole sequence for every token (slow; for comparison)')
    .action((flags: GenerateFlags) => run(flags, () => generate(flags)));
}

export function addSamplingOptions(command: Command): Command {
  return command
    .option('--max-tokens <n>', 'tokens at most', wholeNumber(1), 64)
    .option('--temperature <t>', '0 is greedy', numberBetween(0, 100), 0)
    .option('--top-k <k>', 'keep the k most likely tokens; 0 keeps all', wholeNumber(0), 0)
    .option('--top-p <p>', 'keep the most likely tokens that sum to p', numberBetween(0, 1, true), 1)
    .option(
      '--repetition-penalty <r>',
      'more than 1 discourages tokens seen before',
      numberBetween(0, Infinity, true),
      1,
    )
    .option('--seed <n>', 'the same seed gives the same text', wholeNumber(0), 0);
}

async function generate(flags: GenerateFlags): Promise<Outcome> {
  const prompt = readPromptOption(flags);
  const { temperature, topK, topP, repetitionPenalty, seed, maxTokens, stop, edits, cache } = flags;
  const { signal, stop: disregard } = interruption();
  const generation = await withEngine(flags, 'read', async (engine) => {
    if (engine.kind === 'classifier') return engine.classify(prompt, edits);
    return engine.generate(prompt, {
      maxTokens,
      stop,
      edits,
      cache,
      sampling: { temperature, topK, topP, repetitionPenalty, seed },
      signal,
      onText: flags.json ? undefined : say,
    });
  }).finally(disregard);
  if ('classes' in generation) return { json: generation, text: describeClasses(generation), exit: EXIT.done };
  if (!flags.json) summarize(generation);
  return { json: generation, text: '\n', exit: generation.finish === 'cancelled' ? EXIT.failed : EXIT.done };
}

/** The most likely classes with a bar for each. */
function describeClasses({ classes, decision }: Classification): string {
  const shown = classes.slice(0, SHOWN_CLASSES);
  const width = Math.max(...shown.map(({ label }) => label.length));
  const rows = shown.map(({ label, logprob }) => {
    const probability = Math.exp(logprob);
    const bar = '█'.repeat(Math.round(probability * BAR)).padEnd(BAR);
    return `${visible(label).padEnd(width)}  ${bar}  ${(100 * probability).toFixed(1).padStart(5)} %`;
  });
  const more = classes.length > shown.length ? [`and ${classes.length - shown.length} more classes`] : [];
  return [...rows, ...more, describeDecision(decision)].join('\n');
}

/** What a terminal obeys is shown instead; anything else gets the text as it is. */
function say(text: string): void {
  process.stdout.write(process.stdout.isTTY ? visible(text) : text);
}

function summarize({ tokens, decision, finish }: Generation): void {
  const likelihood = Math.exp(tokens.reduce((sum, { logprob }) => sum + logprob, 0) / Math.max(1, tokens.length));
  note(`\n${tokens.length} tokens (${finish}), mean probability ${figure(likelihood)}. ${describeDecision(decision)}`);
}
