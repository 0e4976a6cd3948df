/**
 * Makes docs/results.md and its pictures: `npm run evaluate`, or `npm run evaluate -- FILE ...` for these experiments alone.
 *
 * With `--all` those of bench/experiments are run as well, which edit a model and read data that are not in the repository:
 * GRACE_SMOLLM2 names SmolLM2-135M-Instruct (the tests' own download where it is not set), GRACE_DATA the data (../shared/data). A
 * model that a two-part router edits is calibrated first, once on a machine.
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

import { calibrateModel } from '../src/engine/calibrate-model.ts';
import { resolvePath, type Experiment } from '../src/engine/evaluation/experiment.ts';
import { notesOn } from '../src/engine/evaluation/notes.ts';
import { readPictureData, readSweep } from '../src/engine/evaluation/picture-data.ts';
import { readResult } from '../src/engine/evaluation/result.ts';
import { RunFolder } from '../src/engine/evaluation/run-folder.ts';
import { readExperiment, runExperiment } from '../src/engine/experiment-run.ts';
import { runSweep } from '../src/engine/experiment-sweep.ts';
import type { MethodName, PictureData } from '../src/protocol/evaluation.ts';
import { smolLM2 } from '../test/support/smol.ts';
import { resultsPage, type Shown } from './results-page.ts';

/** Experiments on the embedded models, and on a model and data of somebody else. */
const EMBEDDED = 'models/experiments';
const OUTSIDE = 'bench/experiments';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    anew: { type: 'boolean', default: false },
    'no-sweep': { type: 'boolean', default: false },
    method: { type: 'string', multiple: true },
    out: { type: 'string', default: 'docs' },
    runs: { type: 'string', default: 'runs' },
    jobs: { type: 'string', default: '2' },
    page: { type: 'boolean', default: false },
    /** Of a process of our own: the one thing that it does, a method, `unedited`, `calibrate` or `sweep`. */
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
  if (what === 'calibrate') {
    const { precision } = experiment.settings;
    await calibrateModel(resolvePath(experiment, experiment.model), { device: 'auto', precision });
  } else if (what === 'sweep') await runSweep(experiment, { ...shared, out: sweepOf(experiment.name) });
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

/**
 * @param alone with a thread for each core. Side by side they have one each, since threads of several processes on the same cores
 * wait for one another; besides, the order in which gradients are summed, and with it what fine-tuning comes to, depends on their number.
 */
function inProcess({ file, what }: Job, alone = false): Promise<void> {
  const started = performance.now();
  const child = fork(process.argv[1]!, [file, '--job', what, '--runs', values.runs], {
    env: { ...(alone ? {} : { GRACE_THREADS: '1' }), ...process.env },
  });
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
  const experiment = readExperiment(file);
  const { name } = experiment;
  const swept = isRun(sweepOf(name)) ? sweepOf(name) : undefined;
  const folder = path.join(values.out, 'results', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const pictures = pictureFiles(readPictureData([runOf(name)], swept));
  for (const { name: picture, svg } of pictures) writeFileSync(path.join(folder, picture), svg);
  return {
    file,
    result: { ...readResult(RunFolder.open(runOf(name))), notes: notesOn(experiment) },
    sweep: swept === undefined ? undefined : readSweep(RunFolder.open(swept)),
    pictures: pictures.map((picture) => picture.name),
  };
}

interface Named {
  readonly file: string;
  readonly experiment: Experiment;
}

/** Of the experiments with a two-part router, one for each model. */
const firstOfEachModel = (experiments: readonly Named[]): readonly Named[] => {
  const wanting = experiments.filter(({ experiment: { methods } }) => methodsToRun(methods).includes('grace-two-part'));
  return [...new Map(wanting.map((named) => [resolvePath(named.experiment, named.experiment.model), named])).values()];
};

const methodsToRun = (methods: readonly MethodName[]): readonly string[] => values.method ?? methods;

async function runAll(files: readonly string[]): Promise<void> {
  const experiments = files.map((file) => ({ file, experiment: readExperiment(file) }));
  for (const {
    experiment: { name },
  } of values.anew ? experiments : [])
    for (const folder of [runOf(name), sweepOf(name)]) rmSync(folder, { recursive: true, force: true });
  for (const { file } of firstOfEachModel(experiments)) await inProcess({ file, what: 'calibrate' }, true);
  await doAll(experiments.map(({ file }) => ({ file, what: 'unedited' })));
  await doAll(
    experiments.flatMap(({ file, experiment: { methods, sweep } }) => [
      ...(sweep && !values['no-sweep'] ? [{ file, what: 'sweep' }] : []),
      ...methodsToRun(methods).map((what) => ({ file, what })),
    ]),
  );
}

async function makePage(files: readonly string[]): Promise<void> {
  const shown: Shown[] = [];
  const missing: string[] = [];
  for (const file of files) {
    if (isRun(runOf(readExperiment(file).name))) shown.push(await show(file));
    else missing.push(file);
  }
  writeFileSync(path.join(values.out, 'results.md'), resultsPage(shown, missing));
  say(`${path.join(values.out, 'results.md')} is written`);
}

/** Names what is outside the repository, where it is not named. */
async function findOutside(): Promise<void> {
  process.env['GRACE_DATA'] ??= path.resolve('../shared/data');
  process.env['GRACE_SMOLLM2'] ??= await smolLM2();
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => path.join(folder, name));

async function main(): Promise<void> {
  if (values.job !== undefined) return doJob({ file: positionals[0]!, what: values.job });
  const [own, others] = [filesIn(EMBEDDED), filesIn(OUTSIDE)];
  if (values.all || positionals.some((file) => others.includes(path.normalize(file)))) await findOutside();
  const asked = positionals.length > 0 ? positionals : [...own, ...(values.all ? others : [])];
  if (!values.page) await runAll(asked);
  await makePage(positionals.length > 0 ? positionals : [...own, ...others]);
}

await main();
