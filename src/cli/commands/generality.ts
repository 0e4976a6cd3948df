import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';

import type { Engine } from '../../engine/engine.ts';
import { readFacts, readQuestions, type GeneralityFact } from '../../engine/evaluation/generality-file.ts';
import { drawGenerality } from '../../engine/evaluation/generality-picture.ts';
import { testGenerality, type GeneralityCase, type GeneralitySubject } from '../../engine/evaluation/generality.ts';
import { GREEDY } from '../../engine/generation/sampler.ts';
import { DEFAULT_TRAINING } from '../../engine/grace/learn-value.ts';
import { readInputFile } from '../../engine/input-file.ts';
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
  readonly chat?: boolean;
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
    .option('--chat', "ask everything inside the model's chat template")
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
  { out, chat }: GeneralityFlags,
  signal: AbortSignal,
): Promise<GeneralityResult> {
  const file = path.join(out, 'cases.jsonl');
  const bars = new Map<string, ReturnType<typeof progressBar>>();
  try {
    return await testGenerality(subjectOf(engine, facts, chat === true, signal), {
      ...{ facts, unrelated, signal },
      known: knownCases(file),
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

function subjectOf(
  engine: Engine,
  facts: readonly GeneralityFact[],
  chat: boolean,
  signal: AbortSignal,
): GeneralitySubject {
  const ask = (content: string): Prompt =>
    chat ? { kind: 'chat', messages: [{ role: 'user', content }] } : { kind: 'text', text: content };
  const longest = Math.max(...facts.map(({ target }) => promptIds(engine.tokenizer, ask(target)).length));
  return {
    model: engine.model.model.folder.name,
    router: engine.router,
    made: new Map(engine.codebook!.edits.flatMap(({ record, state }) => state === 'live' && record.source !== undefined ? [[record.source, { edit: record.edit, success: record.training.success }] as const] : [])), // prettier-ignore
    edit: ({ prompt, target }, radius, source) =>
      engine.edit(
        {
          ...{ prompt: ask(prompt), target, rephrasings: [], probes: [], ends: false, source },
          ...{ radius: radius ?? engine.measuredRadius!, replace: 'replace_last', training: DEFAULT_TRAINING, maxTokens: 1 }, // prettier-ignore
        },
        { signal },
      ),
    decide: (content) => engine.decide(ask(content)),
    answer: async (content, edits) => {
      const options = { maxTokens: Math.min(longest, 32), sampling: GREEDY, stop: [], cache: true, edits };
      return (await engine.generate(ask(content), options)).text;
    },
    says: async (content, target) => {
      const { targetIds } = continuationIds(engine.tokenizer, ask(content), target);
      const options = { maxTokens: targetIds.length, sampling: GREEDY, stop: [], cache: true, edits: true };
      const { tokens } = await engine.generate(ask(content), options);
      return targetIds.every((id, at) => tokens[at]?.id === id);
    },
  };
}

function knownCases(file: string): readonly GeneralityCase[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1); // what a kill cut short has no line end
  return lines.map((line) => JSON.parse(line) as GeneralityCase);
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

function tableOf({ model, router, edits, reached, secondsPerEdit, settings }: GeneralityResult): string {
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
  const seconds = secondsPerEdit > 0 ? `, ${secondsPerEdit.toFixed(2)} s each` : '';
  return [
    `${model}: ${edits} edits in one codebook, ${reached} reached their target${seconds}. Intervals are 95 % (Wilson).`,
    ...tables,
  ].join('\n\n');
}
