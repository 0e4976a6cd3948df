// Makes docs/generality.md and docs/generality.svg: `npm run generality -- --model FOLDER_OR_GGUF [--only NAME ...] [--skip NAME ...]`, with
// the test data that GRACE_DATA names (../shared/data where it is not set). Hours for a small model; interrupted, it goes on where it
// stopped (dist/generality), run by run. Constants may be looked at with the first half of each file; counted is the second one.
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
    skip: { type: 'string', multiple: true, default: [] },
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

const grace = (...args) =>
  execFileSync(process.execPath, ['bin/grace.mjs', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
const unrelated = (count) =>
  ['--unrelated', path.join(data, 'unrelated-questions.jsonl'), '--questions-from', '1250', '--questions', count]; // prettier-ignore
const counterfact = ['--file', path.join(data, 'rewordings.jsonl')];
const zsre = ['--file', path.join(data, 'zsre-rewordings.jsonl')];
const runs = [
  {
    name: 'counterfact',
    title: 'CounterFact: 1,000 edits in one codebook',
    args: [...counterfact, '--facts', '1000', '--count-from', '500', ...unrelated('1000')],
  },
  { name: 'zsre', title: 'zsRE', args: [...zsre, '--from', '213', ...unrelated('1000')] },
  {
    name: 'chat',
    title: 'CounterFact inside the chat template, one turn',
    args: [...counterfact, '--from', '500', '--facts', '400', '--chat', ...unrelated('1000')],
  },
  {
    name: 'turns',
    title: 'The same edits, asked in the third turn of a chat',
    args: [...counterfact, '--from', '500', '--facts', '400', '--chat', '--turns', '3'],
    after: 'chat',
  },
  {
    name: 'passages',
    title: 'Sentences: the next one of 100 passages about people',
    args: ['--file', passages(), '--facts', '100', '--subjects'],
  },
  {
    name: 'biographies',
    title: 'Another causal family: the embedded biographies model, no constant changed',
    args: [...counterfact, '--from', '500', '--facts', '200', ...unrelated('500')],
    model: 'models/biographies',
  },
  {
    name: 'own-router',
    title: "GRACE's own router",
    args: [...counterfact, '--from', '500', '--facts', '200', ...unrelated('500')],
    router: 'grace',
  },
];
const folder = (name) => path.join(values.out, name);
const isDone = (name) => existsSync(path.join(folder(name), 'generality.json'));
const isWanted = ({ name }) => (values.only.length === 0 || values.only.includes(name)) && !values.skip.includes(name);

for (const { name, args, after, router = 'two-part', model = values.model } of runs.filter(isWanted)) {
  const chosen = ['--model', model, '--precision', values.precision];
  if (router === 'two-part') grace('calibrate', ...chosen);
  // Edits that another run has made are asked otherwise.
  if (after && !existsSync(folder(name)))
    cpSync(path.join(folder(after), 'codebook'), path.join(folder(name), 'codebook'), { recursive: true });
  grace('generality', ...chosen, '--router', router, '--out', folder(name), ...args);
}
const parts = runs
  .filter(({ name }) => isDone(name))
  .map(({ name, title }) => `## ${title}\n\n${readFileSync(path.join(folder(name), 'generality.md'), 'utf8')}`);
if (isDone('counterfact')) copyFileSync(path.join(folder('counterfact'), 'generality.svg'), 'docs/generality.svg');
const machine = `${cpus().length} cores of ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}, Node ${process.versions.node}`;
const head = `# Generality

What edits do beyond their own prompts ([decision 24](decisions/0024-a-key-in-two-parts.md)). Made by
\`npm run generality -- --model ${path.basename(values.model)} --precision ${values.precision}\` on ${machine}. Facts that are
counted are of the second half of each file, on which no constant was chosen; the unrelated questions are in no calibration.

![Right answers by kind of prompt](generality.svg)
`;
const notes = readFileSync('scripts/generality-notes.md', 'utf8');
writeFileSync('docs/generality.md', `${head}\n${parts.join('\n')}\n${notes}`);
