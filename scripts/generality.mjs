// Makes docs/generality.md and docs/generality.svg: `npm run generality -- --model FOLDER_OR_GGUF [--facts N] [--questions N]`, with the
// test data that GRACE_DATA names (../shared/data where it is not set). Interrupted, it goes on where it stopped (dist/generality).
// The first half of the facts is what constants may be looked at with; what counts is the second half.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    precision: { type: 'string', default: 'float32' },
    facts: { type: 'string', default: '500' },
    questions: { type: 'string', default: '1000' },
  },
});
if (!values.model) throw new Error('Name the model: npm run generality -- --model FILE.');
const data = process.env.GRACE_DATA ?? '../shared/data';
if (!existsSync(data)) throw new Error(`There is no test data in ${data}; name its folder in GRACE_DATA.`);

const grace = (...args) =>
  execFileSync(process.execPath, ['bin/grace.mjs', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
const model = ['--model', values.model, '--precision', values.precision];
const unrelated = ['--unrelated', path.join(data, 'unrelated-questions.jsonl'), '--questions-from', '1250'];
const runs = [
  { name: 'counterfact', file: 'rewordings.jsonl', title: 'CounterFact, rewordings.jsonl', from: '500' },
  { name: 'zsre', file: 'zsre-rewordings.jsonl', title: 'zsRE, zsre-rewordings.jsonl', from: '213' },
  { name: 'chat', file: 'rewordings.jsonl', title: 'CounterFact inside the chat template', from: '500', chat: true },
  {
    name: 'grace',
    file: 'rewordings.jsonl',
    title: "CounterFact with GRACE's own router",
    from: '500',
    router: 'grace',
  },
];

grace('calibrate', ...model);
const parts = runs.map(({ name, file, title, from, chat, router = 'two-part' }) => {
  const out = path.join('dist/generality', `${name}-${values.facts}`);
  grace(
    ...['generality', ...model, '--router', router, '--file', path.join(data, file), '--out', out],
    ...['--from', from, '--facts', values.facts, ...unrelated, '--questions', values.questions],
    ...(chat ? ['--chat'] : []),
  );
  if (name === 'counterfact') copyFileSync(path.join(out, 'generality.svg'), 'docs/generality.svg');
  return `## ${title}\n\n${readFileSync(path.join(out, 'generality.md'), 'utf8')}`;
});
const head =
  '# Generality\n\nWhat edits do beyond their own prompts ([decision 24](decisions/0024-a-key-in-two-parts.md)). Made by\n' +
  `\`npm run generality -- --facts ${values.facts} --questions ${values.questions}\`, with facts of the second half of each file, on which no\n` +
  'constant was chosen, and questions that are in no calibration.\n\n![Right answers by kind of prompt](generality.svg)\n';
writeFileSync('docs/generality.md', `${head}\n${parts.join('\n')}`);
