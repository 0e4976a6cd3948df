/**
 * Makes docs/results.md and its pictures: `npm run evaluate`, or `npm run evaluate -- FILE ...` for these experiments alone.
 *
 * Runs are kept in runs/ and gone on with; with `--anew` they are thrown away first. `--method NAME` (repeatable) runs some methods,
 * `--no-sweep` leaves sweeps out.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { readPictureData } from '../src/engine/evaluation/picture-data.ts';
import { readExperiment, runExperiment } from '../src/engine/experiment-run.ts';
import { runSweep } from '../src/engine/experiment-sweep.ts';
import type { MethodName, PictureData } from '../src/protocol/evaluation.ts';
import { resultsPage, type Shown } from './results-page.ts';

const EXPERIMENTS = 'models/experiments';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    anew: { type: 'boolean', default: false },
    'no-sweep': { type: 'boolean', default: false },
    method: { type: 'string', multiple: true },
    out: { type: 'string', default: 'docs' },
    runs: { type: 'string', default: 'runs' },
  },
});

interface Pictures {
  readonly pictureFiles: (data: PictureData) => readonly { readonly name: string; readonly svg: string }[];
}
const bundle: string = pathToFileURL(path.resolve('dist/pictures.js')).href;
const { pictureFiles } = (await import(bundle)) as Pictures;

const abort = new AbortController();
process.once('SIGINT', () => {
  abort.abort();
});
const say = (text: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
};

async function show(file: string): Promise<Shown> {
  const experiment = readExperiment(file);
  const [out, swept] = [path.join(values.runs, experiment.name), path.join(values.runs, `${experiment.name}-sweep`)];
  if (values.anew) for (const folder of [out, swept]) rmSync(folder, { recursive: true, force: true });
  const shared = { device: 'auto', signal: abort.signal } as const;
  const result = await runExperiment(experiment, {
    ...shared,
    out,
    methods: values.method as readonly MethodName[] | undefined,
    onStart: (method, work) => { say(`${experiment.name}: ${method}, ${work} edits and answers`); }, // prettier-ignore
  });
  const wanted = experiment.sweep !== undefined && !values['no-sweep'];
  if (wanted) say(`${experiment.name}: sweep`);
  const sweep = wanted ? await runSweep(experiment, { ...shared, out: swept }) : undefined;
  const folder = path.join(values.out, 'results', experiment.name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const pictures = pictureFiles(readPictureData([out], sweep ? swept : undefined));
  for (const { name, svg } of pictures) writeFileSync(path.join(folder, name), svg);
  return { file, result, sweep, pictures: pictures.map(({ name }) => name) };
}

const files =
  positionals.length > 0
    ? positionals
    : readdirSync(EXPERIMENTS)
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => path.join(EXPERIMENTS, name));
const shown: Shown[] = [];
for (const file of files) shown.push(await show(file));
writeFileSync(path.join(values.out, 'results.md'), resultsPage(shown));
say(`${path.join(values.out, 'results.md')} is written`);
