// Makes docs/generality.md and docs/generality.svg: `npm run generality -- --model FOLDER_OR_GGUF [--facts N] [--only NAME ...]`, with the
// test data that GRACE_DATA names (../shared/data where it is not set). An hour or two for a small model on an idle machine; interrupted,
// it goes on where it stopped (dist/generality), run by run. `--facts` takes no more than so many facts for each run, and `--only` makes
// some of the runs, or none where there is none of that name: then the pages are written of what is there. Constants may be looked at with the first half of each file; counted is the second one.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    precision: { type: 'string', default: 'float32' },
    only: { type: 'string', multiple: true, default: [] },
    facts: { type: 'string', default: '1000' },
    out: { type: 'string', default: 'dist/generality' },
  },
});
if (!values.model) throw new Error('Name the model: npm run generality -- --model FILE.');
const data = process.env.GRACE_DATA ?? '../shared/data';
if (!existsSync(data)) throw new Error(`There is no test data in ${data}; name its folder in GRACE_DATA.`);
mkdirSync(values.out, { recursive: true });

const records = (file) =>
  readFileSync(path.join(data, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Passages whose next sentence is edited, also asked behind a sentence that stands before a rewording in the other file. */
function passages() {
  const sentences = records('rewordings.jsonl').map(({ prefixedRewording, subject }) =>
    prefixedRewording.slice(0, prefixedRewording.lastIndexOf(subject)).trim(),
  );
  const usable = sentences.filter((sentence) => /[.!?]$/.test(sentence));
  const lines = records('hallucination.jsonl').map(({ prompt, target, subject }, at) =>
    JSON.stringify({ prompt, target, subject, prefixedRewording: `${usable[at]} ${prompt}` }),
  );
  const file = path.join(values.out, 'passages.jsonl');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Statements of zsRE's other questions, by relation, that ask in other words what is edited: right to fire on. */
const SAME = {
  ...{ mother: ['mother'], father: ['father'], pub: ['publisher'], voice: ['voice type'], constel: ['constellation'] },
  ...{ manuf: ['manufacturer'], gene: ['found in taxon'], label: ['record label'], dplace: ['place of death'] },
  ...{ state: ['located in the administrative territorial entity'], arch: ['architect', 'instrumentation'] },
  ...{ endang: ['IUCN conservation status'], net: ['original broadcaster'], named: ['named after'] },
};

/** The facts of zsRE without them. */
function othersAlone() {
  const asksSame = ({ relation, otherQuestion }) =>
    SAME[relation]?.some((property) => otherQuestion?.startsWith(`The ${property} of `));
  const lines = records('zsre-rewordings.jsonl').map((fact) =>
    JSON.stringify(asksSame(fact) ? { ...fact, otherQuestion: null } : fact),
  );
  const file = path.join(values.out, 'zsre-others.jsonl');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const grace = (...args) =>
  execFileSync(process.execPath, ['bin/grace.mjs', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
const counterfact = path.join(data, 'rewordings.jsonl');
const zsre = path.join(data, 'zsre-rewordings.jsonl');
const runs = [
  { name: 'counterfact', title: 'CounterFact', file: counterfact, facts: 1000, countFrom: 500, questions: 1000 },
  { name: 'zsre', title: 'zsRE', file: zsre, from: 213, facts: 214, questions: 1000 },
  {
    name: 'zsre-others',
    title: 'The same without other questions that ask what is edited in other words',
    ...{ file: othersAlone(), from: 213, facts: 214 },
    ...{ after: 'zsre', keep: ['codebook', 'cases.jsonl', 'seconds.jsonl'] },
  },
  {
    name: 'chat',
    title: 'CounterFact inside the chat template, one turn',
    ...{ file: counterfact, from: 500, facts: 400, questions: 1000, more: ['--chat'] },
  },
  {
    name: 'turns',
    title: 'The same edits, asked in the third turn of a chat',
    ...{ file: counterfact, from: 500, facts: 400, more: ['--chat', '--turns', '3'] },
    ...{ after: 'chat', keep: ['codebook', 'seconds.jsonl'] },
  },
  {
    name: 'passages',
    title: 'Sentences: the next one of passages about people',
    ...{ file: passages(), facts: 100, more: ['--subjects'] },
  },
  {
    name: 'biographies',
    title: 'Another causal family: the embedded biographies model, no constant changed',
    ...{ file: counterfact, from: 500, facts: 200, questions: 500, model: 'models/biographies' },
  },
  {
    name: 'own-router',
    title: "GRACE's own router",
    ...{ file: counterfact, from: 500, facts: 200, questions: 500, router: 'grace' },
  },
];
const most = Number(values.facts);

/** Options of a run. With fewer facts than it has, there are none that are edited and not counted, and fewer questions. */
function optionsOf({ file, from = 0, facts, countFrom = 0, questions = 0, more = [] }) {
  const isWhole = facts <= most;
  const asked = isWhole ? questions : Math.min(questions, 4 * most);
  const unrelated = ['--unrelated', path.join(data, 'unrelated-questions.jsonl'), '--questions-from', '1250'];
  return [
    ...['--file', file, '--from', String(isWhole ? from : from + countFrom), '--facts', String(Math.min(facts, most))],
    ...(isWhole ? ['--count-from', String(countFrom)] : []),
    ...(asked > 0 ? [...unrelated, '--questions', String(asked)] : []),
    ...more,
  ];
}

const folder = (name) => path.join(values.out, name);
const isDone = (name) => existsSync(path.join(folder(name), 'generality.json'));
const isWanted = ({ name }) => values.only.length === 0 || values.only.includes(name);

for (const run of runs.filter(isWanted)) {
  const { name, after, keep, router = 'two-part', model = values.model } = run;
  const chosen = ['--model', model, '--precision', values.precision];
  if (router === 'two-part') grace('calibrate', ...chosen);
  // Edits that another run has made, with its cases where they are the same.
  if (after && !existsSync(folder(name)))
    for (const part of keep) cpSync(path.join(folder(after), part), path.join(folder(name), part), { recursive: true });
  grace('generality', ...chosen, '--router', router, '--out', folder(name), ...optionsOf(run));
}
const parts = runs
  .filter(({ name }) => isDone(name))
  .map(({ name, title }) => `## ${title}\n\n${readFileSync(path.join(folder(name), 'generality.md'), 'utf8')}`);
const pictured = runs.find(({ name }) => isDone(name));
if (!pictured) throw new Error('No run has been made.');
copyFileSync(path.join(folder(pictured.name), 'generality.svg'), 'docs/generality.svg');
const machine = `${cpus().length} cores of ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}, Node ${process.versions.node}`;
const capped = most < 1000 ? ` --facts ${most}` : '';
const head = `# Generality

What edits do beyond their own prompts ([decision 24](decisions/0024-a-key-in-two-parts.md)). Made by
\`npm run generality -- --model ${path.basename(values.model)} --precision ${values.precision}${capped}\` on ${machine}. Facts that are
counted are of the second half of each file, on which no constant was chosen; the unrelated questions are in no calibration.

![Right answers by kind of prompt: ${pictured.title}](generality.svg)
`;
const notes = readFileSync('scripts/generality-notes.md', 'utf8');
writeFileSync('docs/generality.md', `${head}\n${parts.join('\n')}\n${notes}`);
