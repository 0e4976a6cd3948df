import type { Command } from 'commander';

import type { EditSuggestions } from '../../protocol/edit-suggestions.ts';
import { describePrompt, figure } from '../describe.ts';
import {
  addModelOptions,
  addPromptOptions,
  notEmpty,
  readPromptOption,
  wholeNumber,
  withEngine,
  type ModelOptions,
  type PromptOptions,
} from '../options.ts';
import type { Run } from '../run.ts';

interface SuggestFlags extends ModelOptions, PromptOptions {
  readonly subject?: string;
  readonly most: number;
  readonly json?: boolean;
}

export function suggestCommand(program: Command, run: Run): void {
  addPromptOptions(addModelOptions(program.command('suggest'), 'required'))
    .description(
      'what may be said of an edit before it is made: who it is about, and other questions about that, the likeliest to fire it first ' +
        '(two-part router); those that must not are for --negative',
    )
    .option('--subject <text>', 'who or what it is about (default: names and numbers of the prompt)', notEmpty)
    .option('--most <n>', 'questions at most', wholeNumber(1), 8)
    .action((flags: SuggestFlags) =>
      run(flags, async () => {
        const prompt = readPromptOption(flags);
        const found = await withEngine(flags, 'read', (engine) => engine.suggest(prompt, flags.subject));
        const suggestions = { ...found, negatives: found.negatives.slice(0, flags.most) };
        return { json: suggestions, text: describe(suggestions) };
      }),
    );
}

function describe({ subject, negatives }: EditSuggestions): string {
  if (subject === '') return 'The prompt has no name and no number; say who or what it is about with --subject.';
  if (negatives.length === 0) return `About ${subject}. GRACE's own router fires on little but the prompt itself.`;
  return [
    `About ${subject}. Other questions, by their score against the edit's key:`,
    ...negatives.map(({ prompt, score }) => `  ${figure(score)}  ${describePrompt(prompt)}`),
  ].join('\n');
}
