/**
 * A thousand edits in a row on the embedded model, two for each of 500 people: `npm run bench:lifelong`.
 *
 * Prints one line of JSON: ES (target right after the edit), ERR (after all edits), TRR (500 unrelated prompts that answer as
 * before), steps and seconds for each edit. The sentences are true of models/data/legislators.jsonl.
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

interface Legislator {
  readonly name: string;
  readonly born: string;
  readonly gender: 'F' | 'M';
  readonly party: string;
  readonly state: string;
  readonly role: 'sen' | 'rep';
  readonly since: string;
}

const { values } = parseArgs({
  options: { people: { type: 'string', default: '500' }, unrelated: { type: 'string', default: '500' } },
});
const [people, unrelatedCount] = [Number(values.people), Number(values.unrelated)];
const data = (file: string): string => readFileSync(path.join('models/data', file), 'utf8');
const legislators = data('legislators.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Legislator);
const passages = data('person-passages.txt')
  .split('\n\n')
  .map((passage) => passage.trim())
  .filter(Boolean);

const PARTIES: Readonly<Record<string, string>> = {
  Democrat: 'the Democratic Party',
  Republican: 'the Republican Party',
};
const regions = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' });
const date = (iso: string): string => regions.format(new Date(iso));
const STATES = JSON.parse(readFileSync('bench/states.json', 'utf8')) as Readonly<Record<string, string>>;

const text = (content: string): Prompt => ({ kind: 'text', text: content });
const about = (name: string): string => `This is a Wikipedia passage about ${name}.`;

function sentences({ name, born, gender, party, state, role, since }: Legislator): readonly [string, string] {
  const office = role === 'sen' ? 'United States senator' : 'U.S. representative';
  const belongs = PARTIES[party] ? `is a member of ${PARTIES[party]}` : 'is not a member of a party';
  return [
    `${name} (born ${date(born)}) is an American politician serving as a ${office} from ${STATES[state]}.`,
    `${gender === 'F' ? 'She' : 'He'} ${belongs} and entered Congress on ${date(since)}.`,
  ];
}

const edits = legislators.slice(0, people).flatMap((person) => {
  const [first, second] = sentences(person);
  return [
    { prompt: text(about(person.name)), target: first },
    { prompt: text(`${about(person.name)} ${first}`), target: second },
  ];
});

/** Other people, who share first or last names with those edited, and beginnings of other texts. */
function unrelatedPrompts(): readonly Prompt[] {
  const edited = new Set(legislators.slice(0, people).map(({ name }) => name));
  const words = legislators.map(({ name }) => name.split(' '));
  const names = words
    .map((own, at) => `${own[0]} ${words[(at * 7 + 13) % words.length]!.at(-1)}`)
    .filter((name) => !edited.has(name));
  const others = [...new Set(names)].slice(0, unrelatedCount / 2).map((name) => text(about(name)));
  const beginnings = passages
    .slice(0, unrelatedCount - others.length)
    .map((passage) => text(passage.split(' ').slice(0, 12).join(' ')));
  return [...others, ...beginnings];
}

const folder = mkdtempSync(path.join(tmpdir(), 'grace-lifelong-'));
const engine = await Engine.open({
  model: 'models/biographies',
  device: 'cpu',
  codebook: path.join(folder, 'codebook'),
  mode: 'write',
});
const answer = async (prompt: Prompt, maxTokens: number): Promise<string> => {
  return (await engine.generate(prompt, { maxTokens, sampling: GREEDY, stop: [], cache: true, edits: true })).text;
};
const unrelated = unrelatedPrompts();
const before: string[] = [];
for (const prompt of unrelated) before.push(await answer(prompt, 32));

const started = performance.now();
const results: EditResult[] = [];
for (const { prompt, target } of edits) {
  const settings = {
    rephrasings: [],
    probes: [],
    ends: true,
    radius: engine.measuredRadius!,
    replace: 'replace_last',
    training: DEFAULT_TRAINING,
    maxTokens: 48,
  } as const;
  results.push(await engine.edit({ prompt, target, ...settings }));
  if (results.length % 100 === 0)
    process.stderr.write(`${results.length} edits, ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
}
const seconds = (performance.now() - started) / 1000;

const held: boolean[] = [];
for (const { prompt, target } of edits) held.push((await answer(prompt, 64)).trim() === target);
const same: boolean[] = [];
for (const [at, prompt] of unrelated.entries()) same.push((await answer(prompt, 32)) === before[at]);

const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;
const times = results.map((result) => result.seconds).sort((a, b) => a - b);
process.stdout.write(
  `${JSON.stringify({
    edits: edits.length,
    entries: engine.codebook!.codebook.entries.length,
    radius: engine.measuredRadius,
    ES: share(results.map(({ success }) => success)),
    ERR: share(held),
    TRR: share(same),
    unrelated: unrelated.length,
    seconds,
    medianSeconds: times[times.length >> 1],
    meanSteps: results.reduce((sum, { steps }) => sum + steps, 0) / results.length,
    actions: Object.fromEntries(
      ['add', 'expand', 'reuse', 'split', 'update'].map((action) => [
        action,
        results.filter((result) => result.action === action).length,
      ]),
    ),
  })}\n`,
);
await engine.dispose();
rmSync(folder, { recursive: true, force: true });
