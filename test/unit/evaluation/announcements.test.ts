import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

import type { EvaluationOutcome, EvaluationState } from '../../../src/protocol/evaluation-state.ts';

interface Announcements {
  readonly announcement: (before: EvaluationState | null, after: EvaluationState) => string;
}

// By its path, as it is compiled for a page, with the types of one.
const file = pathToFileURL(path.resolve('webview/evaluation/announcements.ts')).href;
const { announcement } = (await import(file)) as Announcements;

const IDLE: EvaluationState = {
  ...{ experiments: [], experiment: '/models/questions.json', summary: null, methods: [], runs: [], run: null },
  ...{ compared: null, isResumable: true, activity: null, outcome: null, query: null, problem: null },
};

const saidAfter = (outcome: EvaluationOutcome): string =>
  announcement({ ...IDLE, activity: { kind: outcome.kind, progress: null, secondsLeft: null } }, { ...IDLE, outcome });

it('says what has ended and how, whatever else could be resumed', () => {
  expect(saidAfter({ kind: 'evaluation', ended: 'done' })).toBe('The run has ended.');
  expect(saidAfter({ kind: 'evaluation', ended: 'stopped' })).toBe('The run was stopped. It can be resumed.');
  expect(saidAfter({ kind: 'sweep', ended: 'done' })).toBe('The sweep has ended.');
  expect(saidAfter({ kind: 'sweep', ended: 'stopped' })).toBe('The sweep was stopped. It can be resumed.');
});

it('leaves it to the problem to say what has failed', () => {
  expect(saidAfter({ kind: 'sweep', ended: 'failed' })).toBe('');
  const problem = { code: 'model-not-found', message: 'There is no model.', advice: 'Name one.', data: {} } as const;
  expect(announcement(IDLE, { ...IDLE, problem })).toBe('There is no model. Name one.');
});
