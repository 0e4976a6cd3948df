import path from 'node:path';

import { CodedError } from '../protocol/coded-error.ts';
import type { EvaluationApi, EvaluationProgress, LocatedQuery } from '../protocol/evaluation-api.ts';
import type { Handlers } from '../protocol/rpc.ts';
import { Engine } from './engine.ts';
import { resolvePath } from './evaluation/experiment.ts';
import { exportRuns } from './evaluation/export-runs.ts';
import { KeyMap } from './evaluation/key-map.ts';
import { readPictureData } from './evaluation/picture-data.ts';
import { streamedEdit } from './evaluation/streamed-edit.ts';
import { readExperiment, runExperiment } from './experiment-run.ts';
import { runSweep } from './experiment-sweep.ts';
import { Codebook } from './grace/codebook.ts';
import { isDeviceChoice, type DeviceChoice } from './runtime/device.ts';
import { TaskQueue } from './task-queue.ts';

type Method<Name extends keyof EvaluationApi> = Handlers<EvaluationApi>[Name];

/** Milliseconds between two reports of progress. */
const REPORT_EVERY = 200;

/** The engine's calls for experiments: runs wait for each other, and looking at runs waits for nobody. */
export class EvaluationService implements Handlers<EvaluationApi> {
  readonly #runs = new TaskQueue();

  readonly experiment: Method<'experiment'> = ({ file }) => {
    const { name, title, task, methods, sweep, settings } = readExperiment(file);
    const policies = sweep?.policies ?? [settings.policy];
    return { name, title, task, methods, cells: sweep ? sweep.hooks.length * sweep.radii.length * policies.length : 0 };
  };

  readonly evaluate: Method<'evaluate'> = ({ experiment, out, device, methods }, { signal, progress }) =>
    this.#runs.run(() => {
      const reporter = new Reporter(progress);
      return runExperiment(readExperiment(experiment), {
        ...{ out, methods, signal, device: deviceOf(device) },
        onStart: (what, work) => {
          reporter.begin(what, work);
        },
        onProgress: (done) => {
          reporter.add(done);
        },
        onLine: (_, line) => {
          if (line.op === 'checkpoint') reporter.note();
        },
      });
    }, signal);

  readonly sweep: Method<'sweep'> = ({ experiment, out, device }, { signal, progress }) =>
    this.#runs.run(() => {
      const reporter = new Reporter(progress);
      return runSweep(readExperiment(experiment), {
        ...{ out, signal, device: deviceOf(device) },
        onStart: (work) => {
          reporter.begin('sweep', work);
        },
        onProgress: (done) => {
          reporter.add(done);
        },
        onCell: () => {
          reporter.note();
        },
      });
    }, signal);

  readonly pictures: Method<'pictures'> = ({ runs, sweep }) => readPictureData(runs, sweep);

  readonly streamedEdit: Method<'streamedEdit'> = (reference) => streamedEdit(reference);

  readonly locate: Method<'locate'> = async ({ experiment, run, prompt }) => {
    const read = readExperiment(experiment);
    const engine = await Engine.open({
      model: resolvePath(read, read.model),
      codebook: path.join(run, 'grace', 'codebook'),
      mode: 'read',
      device: 'auto',
      precision: read.settings.precision,
    });
    try {
      return await located(engine, prompt);
    } finally {
      await engine.dispose();
    }
  };

  readonly exportRuns: Method<'exportRuns'> = async ({ format, out, ...from }) => ({
    files: await exportRuns(from, format, out),
  });
}

async function located(engine: Engine, text: string): Promise<LocatedQuery> {
  const { codebook } = engine.codebook!;
  if (!(codebook instanceof Codebook))
    throw new CodedError('bad-argument', 'Only keys of GRACE’s own router lie on a map.', '');
  const prompt = { kind: 'text', text } as const;
  const [x, y] = new KeyMap(codebook.entries.map(({ key }) => key)).place(await engine.query(prompt));
  return { prompt: text, x, y, decision: await engine.decide(prompt) };
}

function deviceOf(name: string): DeviceChoice {
  if (isDeviceChoice(name)) return name;
  throw new CodedError('bad-argument', `There is no device ${name}.`);
}

/** Tells how far a run is, not more often than anybody can see. */
class Reporter {
  readonly #tell: (progress: EvaluationProgress) => void;
  #what: EvaluationProgress['what'] = 'unedited';
  #done = 0;
  #of = 0;
  #news = false;
  #told = 0;

  constructor(tell: (progress: EvaluationProgress) => void) {
    this.#tell = tell;
  }

  begin(what: EvaluationProgress['what'], of: number): void {
    this.#news ||= this.#of > 0;
    [this.#what, this.#done, this.#of] = [what, 0, of];
    this.#report();
  }

  add(done: number): void {
    this.#done += done;
    if (performance.now() - this.#told >= REPORT_EVERY) this.#report();
  }

  /** There is something new to draw. */
  note(): void {
    this.#news = true;
    this.#report();
  }

  #report(): void {
    this.#tell({ what: this.#what, done: this.#done, of: this.#of, news: this.#news });
    this.#news = false;
    this.#told = performance.now();
  }
}
