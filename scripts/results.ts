/**
 * Makes docs/results.md and its pictures: `npm run evaluate`, or `npm run evaluate -- FILE ...` for these experiments alone.
 *
 * Runs are kept in runs/ and gone on with; with `--anew` they are thrown away first. `--method NAME` (repeatable) runs some methods,
 * `--no-sweep` leaves sweeps out, `--jobs N` says how many methods run at once, each in a process of its own. `--page` runs nothing
 * and makes the page of what is there.
 */
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { readPictureData, readSweep } from '../src/engine/evaluation/picture-data.ts';
import { readResult } from '../src/engine/evaluation/result.ts';
import { RunFolder } from '../src/engine/evaluation/run-folder.ts';
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
    jobs: { type: 'string', default: '2' },
    page: { type: 'boolean', default: false },
    /** Of a process of our own: the one thing that it does, a method or `sweep`. */
    job: { type: 'string' },
  },
});

interface Job {
  readonly file: string;
  readonly what: string;
}

const say = (text: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
};
const runOf = (name: string): string => path.join(values.runs, name);
const sweepOf = (name: string): string => path.join(values.runs, `${name}-sweep`);

const isRun = (folder: string): boolean => existsSync(path.join(folder, 'run.json'));

async function doJob({ file, what }: Job): Promise<void> {
  const experiment = readExperiment(file);
  const shared = { device: 'auto', signal: new AbortController().signal } as const;
  if (what === 'sweep') await runSweep(experiment, { ...shared, out: sweepOf(experiment.name) });
  else await runExperiment(experiment, { ...shared, out: runOf(experiment.name), methods: methodsOf(what) });
}

/** The job `unedited` asks the unedited model, which every method is compared with. */
const methodsOf = (what: string): readonly MethodName[] => (what === 'unedited' ? [] : [what as MethodName]);

/** Does jobs side by side. Whatever is stopped goes on where it was when the same command is given again. */
async function doAll(jobs: readonly Job[]): Promise<void> {
  const waiting = [...jobs];
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) await inProcess(job);
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, work));
}

function inProcess({ file, what }: Job): Promise<void> {
  const started = performance.now();
  const child = fork(process.argv[1]!, [file, '--job', what, '--runs', values.runs]);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      say(`${file}: ${what}, ${Math.round((performance.now() - started) / 1000)} s`);
      if (code === 0) resolve();
      else reject(new Error(`${file}: ${what} ended with ${code ?? 'a signal'}.`));
    });
  });
}

interface Pictures {
  readonly pictureFiles: (data: PictureData) => readonly { readonly name: string; readonly svg: string }[];
}

async function show(file: string): Promise<Shown> {
  const bundle: string = pathToFileURL(path.resolve('dist/pictures.js')).href;
  const { pictureFiles } = (await import(bundle)) as Pictures;
  const { name } = readExperiment(file);
  const swept = isRun(sweepOf(name)) ? sweepOf(name) : undefined;
  const folder = path.join(values.out, 'results', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const pictures = pictureFiles(readPictureData([runOf(name)], swept));
  for (const { name: picture, svg } of pictures) writeFileSync(path.join(folder, picture), svg);
  return {
    file,
    result: readResult(RunFolder.open(runOf(name))),
    sweep: swept === undefined ? undefined : readSweep(RunFolder.open(swept)),
    pictures: pictures.map((picture) => picture.name),
  };
}

async function runAll(files: readonly string[]): Promise<void> {
  const experiments = files.map((file) => ({ file, experiment: readExperiment(file) }));
  for (const {
    experiment: { name },
  } of values.anew ? experiments : [])
    for (const folder of [runOf(name), sweepOf(name)]) rmSync(folder, { recursive: true, force: true });
  await doAll(experiments.map(({ file }) => ({ file, what: 'unedited' })));
  await doAll(
    experiments.flatMap(({ file, experiment: { methods, sweep } }) => [
      ...(sweep && !values['no-sweep'] ? [{ file, what: 'sweep' }] : []),
      ...(values.method ?? methods).map((what) => ({ file, what })),
    ]),
  );
}

async function makePage(files: readonly string[]): Promise<void> {
  if (!values.page) await runAll(files);
  const shown: Shown[] = [];
  const missing: string[] = [];
  for (const file of files) {
    if (isRun(runOf(readExperiment(file).name))) shown.push(await show(file));
    else missing.push(file);
  }
  writeFileSync(path.join(values.out, 'results.md'), resultsPage(shown, missing));
  say(`${path.join(values.out, 'results.md')} is written`);
}

const files =
  positionals.length > 0
    ? positionals
    : readdirSync(EXPERIMENTS)
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => path.join(EXPERIMENTS, name));
if (values.job === undefined) await makePage(files);
else await doJob({ file: files[0]!, what: values.job });
