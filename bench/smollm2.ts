/**
 * A thousand edits in a row on SmolLM2-135M-Instruct, half of them zsRE's and half CounterFact's: `npm run bench:smollm2`.
 *
 * Data is read from the folder that GRACE_DATA names, by default `../shared/data` beside the checkout. Prints one line of JSON and
 * writes it to bench/results.md: ES (the greedy answer is the target, to its end, right after the edit), ERR (the same after all
 * edits), unrelated questions that are answered as before, rewordings that fire their edit and those answered with its target,
 * seconds and steps for each edit.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { Engine } from '../src/engine/engine.ts';
import { GREEDY } from '../src/engine/generation/sampler.ts';
import { DEFAULT_TRAINING } from '../src/engine/grace/learn-value.ts';
import type { EditResult } from '../src/protocol/edit-result.ts';
import type { Prompt } from '../src/protocol/prompt.ts';
import { smolLM2 } from '../test/support/smol.ts';
import { table, writeSection } from './support/report.ts';

interface Fact {
  readonly prompt: string;
  readonly target: string;
  readonly rewording?: string;
}

const { values } = parseArgs({
  options: {
    edits: { type: 'string', default: '1000' },
    unrelated: { type: 'string', default: '500' },
    precision: { type: 'string', default: 'auto' },
    tokens: { type: 'string', default: '12' },
  },
});
const [count, unrelatedCount, tokens] = [values.edits, values.unrelated, values.tokens].map(Number) as [
  number,
  number,
  number,
];
const precision = values.precision === 'float32' ? 'float32' : 'auto';

function read(file: string): readonly unknown[] {
  const place = path.join(path.resolve(process.env['GRACE_DATA'] ?? '../shared/data'), file);
  const lines = readFileSync(place, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** Facts of both kinds in turn, no prompt twice. Those of CounterFact are the ones that have a true rewording. */
function facts(): readonly Fact[] {
  const both = [read('zsre.jsonl') as readonly Fact[], read('rewordings.jsonl') as readonly Fact[]] as const;
  const inTurn = both[0].flatMap((fact, at) => [fact, both[1][at]!]);
  const distinct = new Map(inTurn.map((fact) => [fact.prompt, fact]));
  return [...distinct.values()].slice(0, count);
}

const text = (content: string): Prompt => ({ kind: 'text', text: content });
const share = (parts: readonly boolean[]): number => parts.filter(Boolean).length / parts.length;
const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;

const folder = mkdtempSync(path.join(tmpdir(), 'grace-smollm2-'));
const engine = await Engine.open({
  ...{ model: await smolLM2(), precision, device: 'cpu', mode: 'write' },
  codebook: path.join(folder, 'codebook'),
});
const answer = async (prompt: string, maxTokens = tokens): Promise<string> => {
  const options = { maxTokens, sampling: GREEDY, stop: [], cache: true, edits: true };
  return (await engine.generate(text(prompt), options)).text;
};
const holds = async (prompt: string, target: string, label: number): Promise<boolean> =>
  (await answer(prompt, label + 1)).trim() === target.trim();
const progress = (what: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`);
};

const questions = (read('unrelated-questions.jsonl') as readonly { readonly question: string }[])
  .slice(0, unrelatedCount)
  .map(({ question }) => `${question}?`);
const before: string[] = [];
for (const question of questions) before.push(await answer(question));
progress(`${before.length} unrelated answers`);

const edits: { readonly fact: Fact; readonly result: EditResult }[] = [];
for (const fact of facts()) {
  const result = await engine.edit({
    ...{ prompt: text(fact.prompt), target: fact.target, rephrasings: [], probes: [], ends: true },
    ...{ radius: engine.measuredRadius!, replace: 'replace_last' },
    ...{ training: DEFAULT_TRAINING, maxTokens: tokens },
  });
  edits.push({ fact, result });
  if (edits.length % 50 === 0) progress(`${edits.length} edits`);
}

const records = new Map(engine.codebook!.edits.map(({ record }) => [record.edit, record]));
const held: boolean[] = [];
const fired: boolean[] = [];
const carried: boolean[] = [];
for (const { fact, result } of edits) {
  const label = records.get(result.edit)!.label.length;
  held.push(await holds(fact.prompt, fact.target, label));
  if (fact.rewording === undefined) continue;
  const { fired: fires, edit } = await engine.decide(text(fact.rewording));
  fired.push(fires && edit === result.edit);
  carried.push(fired.at(-1)! && (await holds(fact.rewording, fact.target, label)));
}
progress('retention and rewordings');
const same: boolean[] = [];
for (const [at, question] of questions.entries()) same.push((await answer(question)) === before[at]);

const results = edits.map(({ result }) => result);
const measured = {
  ...{ precision, edits: results.length, entries: engine.codebook!.codebook.entries.length },
  ES: share(results.map(({ success }) => success)),
  ERR: share(held),
  unrelated: questions.length,
  unrelatedSame: share(same),
  rewordings: fired.length,
  rewordingsFired: share(fired),
  rewordingsExact: share(carried),
  medianSeconds: median(results.map(({ seconds }) => seconds)),
  meanSteps: results.reduce((sum, { steps }) => sum + steps, 0) / results.length,
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
writeSection(
  `${results.length} edits in a row on SmolLM2-135M-Instruct (Q4_1, ${precision})`,
  `npm run bench:smollm2 -- --edits ${count} --unrelated ${unrelatedCount} --precision ${precision}`,
  table(
    ['measured', 'value', 'bar'],
    [
      ['ES: exact greedy target right after the edit', measured.ES, '≥ .98'],
      ['ERR: exact greedy target after all edits', measured.ERR, '≥ .98'],
      [`of ${questions.length} unrelated questions, answered as before`, measured.unrelatedSame, '≥ .99'],
      [`of ${fired.length} rewordings, fire their edit`, measured.rewordingsFired, 'as it is'],
      ['… and give its exact target', measured.rewordingsExact, 'as it is'],
      ['seconds for an edit, median', measured.medianSeconds, undefined],
      ['steps for an edit, mean', measured.meanSteps, undefined],
      ['entries', measured.entries, undefined],
    ],
  ),
);
await engine.dispose();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
