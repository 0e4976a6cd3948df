import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Codebook, type CodebookEdit } from '../../src/engine/grace/codebook.ts';
import type { EditAction, MovedEdit } from '../../src/protocol/edit.ts';
import { fixtureFolders, readJson } from '../support/fixtures.ts';

interface State {
  readonly keys?: readonly (readonly number[])[];
  readonly key_from_step?: readonly number[];
  readonly radii: readonly number[];
  readonly labels: readonly (readonly number[])[];
  readonly members: readonly (readonly number[])[];
  readonly value_from_step: readonly number[];
}

interface Probe {
  readonly query: readonly number[];
  readonly fires: number | null;
  readonly nearest: number;
  readonly distance: number;
}

interface Step {
  readonly query: readonly number[];
  readonly label: readonly number[];
  readonly eps_init: number;
  readonly nearest: number | null;
  readonly distance: number | null;
  readonly action: EditAction;
  readonly entry: number;
  readonly orphans?: readonly { readonly step: number; readonly fires_now: number | null }[];
  readonly displaced: readonly {
    readonly step: number;
    readonly fired: number | null;
    readonly fires_now: number | null;
  }[];
  readonly relabelled?: readonly number[];
  readonly state?: State;
  readonly probes?: readonly Probe[];
}

interface Scenario {
  readonly name: string;
  readonly dim: number;
  readonly steps: readonly Step[];
  readonly checkpoints?: readonly { readonly after_step: number; readonly state: State }[];
  readonly final_probes?: readonly Probe[];
}

interface Cases {
  readonly scenarios: readonly Scenario[];
  readonly open_questions: readonly {
    readonly steps: readonly Step[];
    readonly with_max_0: { readonly radii: readonly number[] };
  }[];
}

const editOf = ({ query, label, eps_init }: Step, step: number): CodebookEdit => ({
  edit: step,
  keys: [Float32Array.from(query)],
  value: Float32Array.of(step),
  label,
  radius: eps_init,
});

const orphansOf = (moved: readonly MovedEdit[]) =>
  moved.map(({ edit, firesNow }) => ({ step: edit, fires_now: firesNow }));
const displacedOf = (moved: readonly MovedEdit[]) =>
  moved.map(({ edit, fired, firesNow }) => ({ step: edit, fired, fires_now: firesNow }));

function expectState(codebook: Codebook, state: State, history: readonly Step[]): void {
  const { entries } = codebook;
  const keys = state.keys ?? state.key_from_step!.map((step) => history[step]!.query);
  expect(entries.map(({ key }) => [...key])).toEqual(keys);
  expect(entries.map(({ radius }) => radius)).toEqual(state.radii);
  expect(entries.map(({ label }) => label)).toEqual(state.labels);
  expect(entries.map(({ members }) => members.map(({ edit }) => edit))).toEqual(state.members);
  expect(entries.map(({ valueFrom }) => valueFrom)).toEqual(state.value_from_step);
  expect(entries.map(({ value }) => value[0])).toEqual(state.value_from_step);
}

function expectProbes(codebook: Codebook, probes: readonly Probe[]): void {
  for (const { query, fires, nearest, distance } of probes) {
    const decision = codebook.decide(Float32Array.from(query));
    expect(decision.entry).toBe(fires);
    expect(fires === null ? decision.nearest?.distance : decision.distance).toBe(distance);
    expect(codebook.nearest(Float32Array.from(query))).toMatchObject({ entry: nearest, distance });
  }
}

/** Applies the steps one by one, and folds all of them up to each state that is given. */
function play({ dim, steps: history, checkpoints = [], final_probes = [] }: Scenario): void {
  const codebook = new Codebook(dim);
  const states = new Map(checkpoints.map(({ after_step, state }) => [after_step, state]));
  history.forEach((step, at) => {
    const preview = codebook.preview(editOf(step, at));
    const outcome = codebook.apply(editOf(step, at));
    expect(preview).toEqual(outcome);
    const { action, entry, nearest, distance } = step;
    expect(outcome.steps).toEqual([{ action, entry, nearest, distance }]);
    expect(orphansOf(outcome.orphans)).toEqual(step.orphans ?? []);
    expect(displacedOf(outcome.displaced)).toEqual(step.displaced);
    expect(outcome.relabelled.map(({ edit }) => edit)).toEqual(step.relabelled ?? []);
    expectProbes(codebook, step.probes ?? []);
    const state = step.state ?? states.get(at);
    if (!state) return;
    expectState(codebook, state, history);
    expectState(Codebook.fold(dim, history.slice(0, at + 1).map(editOf)), state, history);
  });
  expectProbes(codebook, final_probes);
}

const folders = [...fixtureFolders('cases.json').filter((folder) => path.basename(folder) === 'codebook')];
folders.push(...fixtureFolders('codebook/cases.json').map((folder) => path.join(folder, 'codebook')));

it('finds the fixtures', () => {
  expect(folders, 'no codebook/cases.json: set GRACE_FIXTURES to the folder that make_fixtures.py wrote').not.toEqual(
    [],
  );
});

describe.each(folders)('%s', (folder) => {
  const { scenarios, open_questions } = readJson(path.join(folder, 'cases.json')) as Cases;

  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
    play(scenario);
  });

  it('a split of keys closer than 2e-5 leaves the old key its radius of 0', () => {
    for (const { steps: history, with_max_0 } of open_questions) {
      const edits = history.map((step, at) => editOf({ ...step, eps_init: 1 }, at));
      const codebook = Codebook.fold(history[0]!.query.length, edits);
      expect(codebook.entries.map(({ radius }) => radius)).toEqual(with_max_0.radii);
      expect(codebook.decide(edits[0]!.keys[0]!).entry).toBe(0);
    }
  });
});
