import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { EvaluationController } from '../../../src/host/evaluation/evaluation-controller.ts';
import { checked } from '../../../src/host/evaluation/evaluation-input.ts';
import { RunShelf, type SavedEvaluation } from '../../../src/host/evaluation/run-shelf.ts';
import { TimeLeft } from '../../../src/host/evaluation/time-left.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import type { EvaluationHostApi, EvaluationState, RunKind } from '../../../src/protocol/evaluation-state.ts';
import type { PictureData } from '../../../src/protocol/evaluation.ts';
import type { CallContext, Handlers } from '../../../src/protocol/rpc.ts';
import { FakeExperiments, makeRun, PICTURES, RUN } from '../../support/evaluation-samples.ts';

const CONTEXT: CallContext = { signal: new AbortController().signal, progress: () => undefined };

let folder: string;
let experiments: FakeExperiments;
let states: EvaluationState[];
let drawn: (PictureData | null)[];
let saved: SavedEvaluation | undefined;
let chosen: string | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'grace-runs-'));
  experiments = new FakeExperiments();
  [states, drawn, saved, chosen] = [[], [], undefined, undefined];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => path.join(folder, name);
const state = (): EvaluationState => states.at(-1)!;

async function open(): Promise<Handlers<EvaluationHostApi>> {
  const controller = new EvaluationController({
    engine: () => experiments.api,
    actions: {
      chooseExperiment: () => Promise.resolve(chosen),
      showEdit: () => Promise.resolve(),
      exportRuns: () => Promise.resolve(),
    },
    store: {
      read: () => saved,
      write: (kept) => {
        saved = kept;
      },
    },
    shelf: new RunShelf(() => folder),
    shipped: [
      { file: '/models/questions.json', label: 'Questions' },
      { file: '/models/intents.json', label: 'Intents' },
    ],
    labelOf: (file) => path.basename(file),
    show: (shown) => states.push(shown),
    draw: (pictures) => drawn.push(pictures),
  });
  await controller.handlers.state(null, CONTEXT);
  return controller.handlers;
}

const UNFINISHED: PictureData = {
  ...PICTURES,
  runs: [{ ...RUN, methods: RUN.methods.map((one) => ({ ...one, complete: false })) }],
};

const start = (handlers: Handlers<EvaluationHostApi>, kind: RunKind): unknown =>
  kind === 'sweep' ? handlers.sweep(null, CONTEXT) : handlers.run({ anew: false }, CONTEXT);

async function runToEnd(handlers: Handlers<EvaluationHostApi>, kind: RunKind): Promise<void> {
  const ended = start(handlers, kind);
  await expect.poll(() => experiments.running).not.toBeNull();
  experiments.running!.end();
  await ended;
}

/** Folders that the engine was given for it. */
const folders = (name: 'evaluate' | 'sweep'): readonly unknown[] =>
  experiments.asked.filter(([asked]) => asked === name).map(([, out]) => out);

describe('EvaluationController', () => {
  it('begins with the first experiment, and shows its run where there is one', async () => {
    await open();
    expect(state()).toMatchObject({ experiment: '/models/questions.json', run: null, methods: ['ft', 'grace'] });
    expect(drawn.at(-1)).toBeNull();
    makeRun(at('questions'));
    makeRun(at('questions-sweep'));
    [states, saved] = [[], undefined];
    await open();
    expect(state()).toMatchObject({ run: at('questions'), runs: [{ label: 'questions' }], isResumable: false });
    expect(drawn.at(-1)!.sweep).toEqual(PICTURES.sweep);
  });

  it('runs what is ticked, tells how far it is, and draws what is new', async () => {
    const handlers = await open();
    await handlers.chooseMethods({ methods: ['grace'] }, CONTEXT);
    const run = handlers.run({ anew: false }, CONTEXT);
    await expect.poll(() => experiments.running).not.toBeNull();
    experiments.running!.progress({ what: 'grace', done: 10, of: 100, news: false });
    expect(state().activity).toMatchObject({ kind: 'evaluation', progress: { done: 10, of: 100 } });
    expect(state().run).toBe(at('questions'));
    expect(drawn).toHaveLength(1);
    experiments.running!.progress({ what: 'grace', done: 50, of: 100, news: true });
    await expect.poll(() => drawn.length).toBe(2);
    // A second one has to wait until this has ended.
    await handlers.sweep(null, CONTEXT);
    expect(experiments.asked.filter(([name]) => name === 'sweep')).toEqual([]);
    experiments.running!.end();
    await run;
    expect(state()).toMatchObject({ activity: null, isResumable: false, problem: null });
  });

  it('stops, and says that the run can be gone on with', async () => {
    experiments.pictures = UNFINISHED;
    const handlers = await open();
    const run = handlers.run({ anew: false }, CONTEXT);
    await expect.poll(() => experiments.running).not.toBeNull();
    await handlers.stop(null, CONTEXT);
    await run;
    // Nobody is told of an error that they wanted.
    expect(state()).toMatchObject({ activity: null, isResumable: true, problem: null, run: at('questions') });
  });

  it('keeps runs of the same experiment apart, and goes on with the one that is shown', async () => {
    const handlers = await open();
    for (const anew of [false, true, false]) {
      const run = handlers.run({ anew }, CONTEXT);
      await expect.poll(() => experiments.running).not.toBeNull();
      experiments.running!.end();
      await run;
    }
    expect(folders('evaluate')).toEqual([at('questions'), at('questions-2'), at('questions-2')]);
    await handlers.compare({ folder: at('questions') }, CONTEXT);
    expect(experiments.asked.at(-1)).toEqual(['pictures', at('questions-2'), at('questions')]);
    await handlers.showRun({ folder: at('questions') }, CONTEXT);
    expect(state().compared).toBeNull();
  });

  it('says how a run and a sweep have ended, whatever else is unfinished', async () => {
    experiments.pictures = UNFINISHED;
    const handlers = await open();
    for (const kind of ['sweep', 'evaluation'] as const) {
      await runToEnd(handlers, kind);
      expect(state()).toMatchObject({ activity: null, outcome: { kind, ended: 'done' } });
      const stopped = start(handlers, kind);
      await expect.poll(() => experiments.running).not.toBeNull();
      expect(state().outcome).toBeNull();
      await handlers.stop(null, CONTEXT);
      await stopped;
      expect(state().outcome).toEqual({ kind, ended: 'stopped' });
    }
    experiments.failure = new CodedError('model-not-found', 'There is no model.', '');
    await handlers.run({ anew: false }, CONTEXT);
    expect(state()).toMatchObject({ outcome: { ended: 'failed' }, problem: { code: 'model-not-found' } });
  });

  it('leaves a run alone that is another experiment’s of the same name', async () => {
    makeRun(at('questions'), 'evaluation');
    experiments.pictures = UNFINISHED;
    chosen = '/own/questions.json';
    const handlers = await open();
    await handlers.openExperiment(null, CONTEXT);
    experiments.taken = [at('questions')];
    await runToEnd(handlers, 'evaluation');
    expect(folders('evaluate')).toEqual([at('questions'), at('questions-2')]);
    expect(state()).toMatchObject({ run: at('questions-2'), isResumable: true, problem: null });
    // The one that was refused is nobody's but what it was.
    expect(saved!.experiments).toEqual({ [at('questions-2')]: chosen });
    await handlers.locate({ prompt: 'Where?' }, CONTEXT);
    expect(experiments.asked.at(-1)).toEqual(['locate', chosen, at('questions-2'), 'Where?']);
    await handlers.showRun({ folder: at('questions') }, CONTEXT);
    expect(state().isResumable).toBe(false);
    await runToEnd(handlers, 'evaluation');
    expect(folders('evaluate').at(-1)).toBe(at('questions-2'));
  });

  it('shows no run of the experiment that a copy was made from as the copy’s own', async () => {
    chosen = '/own/questions.json';
    const handlers = await open();
    await runToEnd(handlers, 'evaluation');
    await handlers.openExperiment(null, CONTEXT);
    expect(state()).toMatchObject({ experiment: chosen, run: null, isResumable: false });
    await handlers.chooseExperiment({ file: '/models/questions.json' }, CONTEXT);
    expect(state().run).toBe(at('questions'));
  });

  it('begins a new run and a new sweep when the experiment has been changed since, and goes on with those', async () => {
    const handlers = await open();
    for (const kind of ['evaluation', 'sweep'] as const) await runToEnd(handlers, kind);
    experiments.taken = [at('questions'), at('questions-sweep')];
    for (const kind of ['evaluation', 'sweep', 'evaluation', 'sweep'] as const) await runToEnd(handlers, kind);
    expect(folders('evaluate').slice(1)).toEqual(['', '-2', '-2'].map((end) => at(`questions${end}`)));
    expect(folders('sweep').slice(1)).toEqual(['', '-2', '-2'].map((end) => at(`questions-sweep${end}`)));
    expect(experiments.asked.at(-1)).toEqual(['pictures', at('questions-2'), at('questions-sweep-2')]);
    // The next window knows it as well.
    await open();
    expect(state()).toMatchObject({ run: at('questions-2') });
    expect(state().runs.map(({ label }) => label)).toEqual(['questions', 'questions-2']);
  });

  it('tells runs and sweeps apart by what they say, not by their names', async () => {
    makeRun(at('a-sweep'), 'evaluation');
    makeRun(at('b'), 'sweep');
    makeRun(at('c-sweep'));
    makeRun(at('d'));
    // A description that cannot be read does not hold up the list.
    makeRun(at('e'));
    writeFileSync(path.join(at('e'), 'run.json'), '{');
    makeRun(at('questions-sweep'), 'evaluation');
    await open();
    expect(state().runs.map(({ label }) => label)).toEqual(['a-sweep', 'd', 'e', 'questions-sweep']);
    expect(drawn.at(-1)).toBeNull();
  });

  it('remembers what was chosen, and drops what is gone', async () => {
    chosen = '/own/mine.json';
    const handlers = await open();
    await handlers.openExperiment(null, CONTEXT);
    makeRun(at('other'));
    await handlers.chooseMethods({ methods: ['grace'] }, CONTEXT);
    expect(state().experiments.at(-1)).toEqual({ file: chosen, label: 'mine.json' });
    saved = { ...saved!, run: at('gone') };
    states = [];
    await open();
    expect(state()).toMatchObject({ experiment: chosen, run: null, summary: { name: 'mine' } });
    saved = { nonsense: true } as unknown as SavedEvaluation;
    await open();
    expect(state().experiment).toBe('/models/questions.json');
  });

  it('shows what went wrong, and takes up no file that is no experiment', async () => {
    chosen = '/own/bad.json';
    const handlers = await open();
    await handlers.openExperiment(null, CONTEXT);
    expect(state()).toMatchObject({ experiment: '/models/questions.json', problem: { code: 'bad-input-file' } });
    expect(state().experiments).toHaveLength(2);
    await handlers.dismissProblem(null, CONTEXT);
    expect(state().problem).toBeNull();
    await handlers.showRun({ folder: '/elsewhere' }, CONTEXT);
    expect(state()).toMatchObject({ run: null, problem: { code: 'bad-argument' } });
  });

  it('looks a prompt up with the experiment of the run that is shown', async () => {
    const handlers = await open();
    const run = handlers.run({ anew: false }, CONTEXT);
    await expect.poll(() => experiments.running).not.toBeNull();
    experiments.running!.end();
    await run;
    await handlers.chooseExperiment({ file: '/models/intents.json' }, CONTEXT);
    await handlers.showRun({ folder: at('questions') }, CONTEXT);
    await handlers.locate({ prompt: 'Where?' }, CONTEXT);
    expect(experiments.asked.at(-1)).toEqual(['locate', '/models/questions.json', at('questions'), 'Where?']);
    expect(state().query).toMatchObject({ prompt: 'Where?', x: 1, y: 2 });
  });

  it('refuses what no page of ours sends', async () => {
    const guarded = checked(await open());
    const call = (name: keyof EvaluationHostApi, params: unknown): unknown => guarded[name](params as never, CONTEXT);
    expect(() => call('chooseMethods', { methods: ['mend'] })).toThrow(/something else/);
    expect(() => call('openEdit', { run: 'x', method: 'grace', row: -1 })).toThrow(/something else/);
    expect(() => call('locate', { prompt: '' })).toThrow(/something else/);
  });
});

it('estimates the time that is left by what was done lately', () => {
  let now = 0;
  const left = new TimeLeft(() => now);
  expect(left.after(400, 1000)).toBeNull();
  now = 10_000;
  expect(left.after(500, 1000)).toBe(50);
  now = 60_000;
  expect(left.after(550, 1000)).toBeCloseTo(450, 0);
  // Another method begins.
  expect(left.after(0, 100)).toBeNull();
});
