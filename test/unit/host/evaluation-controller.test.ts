import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { EvaluationController } from '../../../src/host/evaluation/evaluation-controller.ts';
import { checked } from '../../../src/host/evaluation/evaluation-input.ts';
import { RunShelf, type SavedEvaluation } from '../../../src/host/evaluation/run-shelf.ts';
import { TimeLeft } from '../../../src/host/evaluation/time-left.ts';
import type { EvaluationHostApi, EvaluationState } from '../../../src/protocol/evaluation-state.ts';
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
    experiments.pictures = {
      ...PICTURES,
      runs: [{ ...RUN, methods: RUN.methods.map((one) => ({ ...one, complete: false })) }],
    };
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
    const folders = experiments.asked.filter(([name]) => name === 'evaluate').map(([, out]) => out);
    expect(folders).toEqual([at('questions'), at('questions-2'), at('questions-2')]);
    await handlers.compare({ folder: at('questions') }, CONTEXT);
    expect(experiments.asked.at(-1)).toEqual(['pictures', at('questions-2'), at('questions')]);
    await handlers.showRun({ folder: at('questions') }, CONTEXT);
    expect(state().compared).toBeNull();
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
