import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';

import type { Engine } from '../../engine/engine.ts';
import { readFacts, readQuestions, type GeneralityFact } from '../../engine/evaluation/generality-file.ts';
import { drawGenerality } from '../../engine/evaluation/generality-picture.ts';
import {
  testGenerality,
  type GeneralityCase,
  type GeneralitySubject,
  type MadeEdit,
} from '../../engine/evaluation/generality.ts';
import { GREEDY } from '../../engine/generation/sampler.ts';
import { DEFAULT_TRAINING } from '../../engine/grace/learn-value.ts';
import { readInputFile } from '../../engine/text/input-file.ts';
import { continuationIds, promptIds } from '../../engine/text/prompt-ids.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { GeneralityResult, Rate } from '../../protocol/generality.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { interruption } from '../interruption.ts';
import { addModelOptions, notEmpty, wholeNumber, withEngine, type ModelOptions } from '../options.ts';
import { EXIT, type Outcome } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import type { Run } from '../run.ts';

interface GeneralityFlags extends ModelOptions {
  readonly file: string;
  readonly out: string;
  readonly unrelated?: string;
  readonly from: number;
  readonly facts?: number;
  readonly questionsFrom: number;
  readonly questions?: number;
  readonly countFrom: number;
  readonly chat?: boolean;
  readonly turns: number;
  readonly subjects?: boolean;
  readonly leadIns?: number;
  readonly json?: boolean;
}

export function generalityCommand(program: Command, run: Run): void {
  addModelOptions(program.command('generality'), 'none')
    .description(
      'edit every fact of a file, all in one codebook, and count what else fires: rewordings, other subjects, other questions; ' +
        'run again after an interruption, and it goes on where it stopped',
    )
    .requiredOption(
      '--file <jsonl>',
      'one fact a line: {"prompt", "target"} and any of "rewording", "prefixedRewording", "alias", "otherSubject", ' +
        '"otherQuestion", "otherRelation"',
      notEmpty,
    )
    .requiredOption('--out <folder>', 'where the codebook, the cases, a table and a picture go', notEmpty)
    .option('--unrelated <jsonl>', 'questions that no edit may answer, one {"question"} a line', notEmpty)
    .option('--from <n>', 'facts of the file to leave out at its beginning', wholeNumber(0), 0)
    .option('--facts <n>', 'facts at most', wholeNumber(1))
    .option('--questions-from <n>', 'questions to leave out at the beginning', wholeNumber(0), 0)
    .option('--questions <n>', 'questions at most', wholeNumber(1))
    .option('--count-from <n>', 'facts of these to edit without counting what their prompts do', wholeNumber(0), 0)
    .option('--subjects', 'say who each fact is about, as its field "subject" has it')
    .option('--lead-ins <n>', 'unrelated sentences behind which each value is learned as well', wholeNumber(1))
    .option('--chat', "edit and ask inside the model's chat template")
    .option('--turns <n>', 'turns of each chat that is asked; edits are always made with one', wholeNumber(1), 1)
    .option('--router <name>', 'two-part or grace (default: two-part where the model is calibrated)', notEmpty)
    .action((flags: GeneralityFlags) => run(flags, () => generality(flags)));
}

async function generality(flags: GeneralityFlags): Promise<Outcome> {
  const { from, questionsFrom } = flags;
  const facts = readFacts(text(flags.file), flags.file).slice(from, flags.facts && from + flags.facts);
  const unrelated = flags.unrelated
    ? readQuestions(text(flags.unrelated), flags.unrelated).slice(questionsFrom, flags.questions && questionsFrom + flags.questions) // prettier-ignore
    : [];
  if (facts.length === 0) throw new CodedError('bad-input-file', `${flags.file} has no facts to test.`);
  mkdirSync(flags.out, { recursive: true });
  const { signal, stop } = interruption();
  const codebook = path.join(flags.out, 'codebook');
  const result = await withEngine({ ...flags, codebook }, 'write', (engine) =>
    test(engine, facts, unrelated, flags, signal),
  ).finally(stop);
  writeFileSync(path.join(flags.out, 'generality.json'), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(path.join(flags.out, 'generality.svg'), drawGenerality(result));
  const table = tableOf(result);
  writeFileSync(path.join(flags.out, 'generality.md'), `${table}\n`);
  return { json: result, text: table, exit: signal.aborted ? EXIT.failed : EXIT.done };
}

async function test(
  engine: Engine,
  facts: readonly GeneralityFact[],
  unrelated: readonly string[],
  flags: GeneralityFlags,
  signal: AbortSignal,
): Promise<GeneralityResult> {
  const file = path.join(flags.out, 'cases.jsonl');
  const times = path.join(flags.out, 'seconds.jsonl');
  const bars = new Map<string, ReturnType<typeof progressBar>>();
  try {
    return await testGenerality(subjectOf(engine, facts, flags, signal), {
      ...{ facts, unrelated, signal, countFrom: flags.countFrom },
      known: keptLines(file) as readonly GeneralityCase[],
      seconds: keptLines(times) as readonly number[],
      onEdit: (seconds) => {
        appendFileSync(times, `${JSON.stringify(seconds)}\n`);
      },
      onCase: (tried) => {
        appendFileSync(file, `${JSON.stringify(tried)}\n`);
      },
      onProgress: (what, done, of) => {
        const bar = bars.get(what) ?? progressBar(what, of);
        bars.set(what, bar);
        bar.update(done);
        if (done === of) bar.stop();
      },
    });
  } finally {
    for (const bar of bars.values()) bar.stop();
  }
}

/** What was said before, in a chat of several turns. */
const EARLIER: readonly (readonly [asked: string, answered: string])[] = [
  ['Hello! I have a few questions.', 'Hello! I am happy to help. What would you like to know?'],
  ['How long does it take to boil an egg?', 'A soft egg takes about five minutes, a hard one about ten.'],
  ['Thank you. And what rhymes with “house”?', '“Mouse”, “blouse” and “grouse” do.'],
];

function prompts({ chat, turns }: GeneralityFlags): {
  edited: (text: string) => Prompt;
  asked: (text: string) => Prompt;
} {
  if (!chat) {
    const plain = (text: string): Prompt => ({ kind: 'text', text });
    return { edited: plain, asked: plain };
  }
  const earlier = Array.from({ length: turns - 1 }, (_, at) => EARLIER[at % EARLIER.length]!).flatMap(
    ([asked, answered]) => [
      { role: 'user', content: asked },
      { role: 'assistant', content: answered },
    ],
  );
  const edited = (content: string): Prompt => ({ kind: 'chat', messages: [{ role: 'user', content }] });
  return { edited, asked: (content) => ({ kind: 'chat', messages: [...earlier, { role: 'user', content }] }) };
}

function subjectOf(
  engine: Engine,
  facts: readonly GeneralityFact[],
  flags: GeneralityFlags,
  signal: AbortSignal,
): GeneralitySubject {
  const { edited, asked } = prompts(flags);
  const longest = Math.max(...facts.map(({ target }) => promptIds(engine.tokenizer, edited(target)).length));
  const training = { ...DEFAULT_TRAINING, leadIns: flags.leadIns };
  return {
    model: engine.model.model.folder.name,
    router: engine.router,
    made: madeBefore(engine),
    edit: async ({ prompt, target, subject }, radius, source) => {
      const { edit, success, steps, rows, seconds } = await engine.edit(
        {
          ...{ prompt: edited(prompt), target, rephrasings: [], probes: [], ends: false, source, training },
          ...{ radius: radius ?? engine.measuredRadius!, replace: 'replace_last', maxTokens: 1 },
          subject: (flags.subjects && subject) || undefined,
        },
        { signal },
      );
      return { edit, success, steps, rows, seconds };
    },
    decide: (content) => engine.decide(asked(content)),
    answer: async (content, edits) => {
      const options = { maxTokens: Math.min(longest, 32), sampling: GREEDY, stop: [], cache: true, edits };
      return (await engine.generate(asked(content), options)).text;
    },
    says: async (content, target) => {
      const { targetIds } = continuationIds(engine.tokenizer, asked(content), target);
      const options = { maxTokens: targetIds.length, sampling: GREEDY, stop: [], cache: true, edits: true };
      const { tokens } = await engine.generate(asked(content), options);
      return targetIds.every((id, at) => tokens[at]?.id === id);
    },
  };
}

/** Edits that an earlier run has made, by what they were made of. */
function madeBefore(engine: Engine): ReadonlyMap<string, MadeEdit> {
  return new Map(
    engine.codebook!.edits.flatMap(({ record: { edit, source, training }, state }) => {
      const { success, steps, rows } = training;
      return state === 'live' && source !== undefined ? [[source, { edit, success, steps, rows }] as const] : [];
    }),
  );
}

/** Lines of JSON that an earlier run has written; what a kill cut short has no line end, and is left out. */
function keptLines(file: string): readonly unknown[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
}

function text(file: string): string {
  return readInputFile(file).toString('utf8');
}

const NAMES: Readonly<Record<string, string>> = {
  prompt: 'the edit prompt',
  rewording: 'reworded',
  prefixedRewording: 'reworded, a sentence in front',
  alias: 'subject under another name',
  otherSubject: 'other subject, same relation',
  otherQuestion: 'same subject, other question',
  otherRelation: 'same subject, random other relation',
  unrelated: 'unrelated questions',
};

function tableOf({
  model,
  router,
  edits,
  countFrom,
  reached,
  tracks,
  stepsPerEdit,
  secondsPerEdit,
  settings,
}: GeneralityResult): string {
  const share = ({ share, low, high, of }: Rate): string =>
    `${share.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] of ${of}`;
  const tables = settings.map(({ setting, threshold, rows }) =>
    [
      `### ${router}, ${threshold === null ? 'the measured radius' : `${setting} (score ${threshold} at least)`}`,
      '',
      '| prompts | fires | right: begins with the target, token for token; or unchanged |',
      '| --- | --- | --- |',
      ...rows.map(({ kind, fires, right }) => `| ${NAMES[kind] ?? kind} | ${share(fires)} | ${share(right)} |`),
    ].join('\n'),
  );
  const counted = countFrom > 0 ? `; counted are the prompts of the facts from number ${countFrom + 1} on` : '';
  return [
    `${model}: ${edits} edits in one codebook, ${reached} reached their target${counted}. Values: ${edits - tracks} of one vector, ` +
      `${tracks} tracks; ${stepsPerEdit.toFixed(1)} steps and ${secondsPerEdit.toFixed(2)} s an edit. Intervals are 95 % (Wilson).`,
    ...tables,
  ].join('\n\n');
}
