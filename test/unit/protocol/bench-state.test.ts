import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { applyBenchEvent, type BenchEvent, type BenchRun, type BenchState } from '../../../src/protocol/bench-state.ts';
import { tokensOf } from '../../support/bench-session.ts';

const START: BenchState = {
  revision: 7,
  model: null,
  codebook: null,
  activity: null,
  prompt: { kind: 'text', text: '', messages: [] },
  settings: {
    sampling: { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 },
    maxTokens: 8,
    stop: [],
    compare: false,
    inContext: false,
    shading: true,
  },
  rendered: null,
  runs: [],
  shown: null,
  draft: null,
  outline: null,
  suggestions: null,
  preview: null,
  losses: [],
  result: null,
  problem: null,
};

const run = (number: number): BenchRun => ({
  run: number,
  at: '2026-01-02T03:04:05.000Z',
  prompt: { kind: 'text', text: `prompt ${number}` },
  outputs: {},
});

function after(state: BenchState, ...events: readonly BenchEvent[]): BenchState {
  return events.reduce((before, event) => applyBenchEvent(before, event)!, state);
}

describe('applyBenchEvent', () => {
  it('patches what is named, and nothing else', () => {
    const next = after(START, { kind: 'patch', revision: 8, patch: { activity: 'editing', shown: 3 } });
    expect(next).toEqual({ ...START, revision: 8, activity: 'editing', shown: 3 });
    expect(START.activity).toBeNull();
  });

  it('appends tokens to a side of a run, and losses', () => {
    const [first, second, third] = tokensOf('one two three');
    const next = after(
      START,
      { kind: 'run', revision: 8, run: run(1), oldest: 1 },
      { kind: 'tokens', revision: 9, run: 1, side: 'edited', tokens: [first!, second!] },
      { kind: 'tokens', revision: 10, run: 1, side: 'edited', tokens: [third!] },
      { kind: 'losses', revision: 11, losses: [3, 2] },
      { kind: 'losses', revision: 12, losses: [1] },
    );
    expect(next.runs[0]!.outputs.edited).toEqual({ tokens: [first, second, third], decision: null, finish: null });
    expect(next.losses).toEqual([3, 2, 1]);
  });

  it('adds a run, replaces it, and forgets those before the oldest', () => {
    const changed = { ...run(2), outputs: { edited: { tokens: [], decision: null, finish: 'eos' } } } as const;
    const next = after(
      START,
      { kind: 'run', revision: 8, run: run(1), oldest: 1 },
      { kind: 'run', revision: 9, run: run(2), oldest: 1 },
      { kind: 'run', revision: 10, run: changed, oldest: 1 },
    );
    expect(next.runs).toEqual([run(1), changed]);
    expect(after(next, { kind: 'run', revision: 11, run: run(3), oldest: 2 }).runs).toEqual([changed, run(3)]);
  });

  it('sees every event that is lost, doubled or out of order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), (revision) => {
        const next = applyBenchEvent(START, { kind: 'losses', revision, losses: [1] });
        expect(next === null).toBe(revision !== START.revision + 1);
      }),
    );
  });
});
