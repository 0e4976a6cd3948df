import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Codebook, type CodebookEdit } from '../../../src/engine/grace/codebook.ts';
import { NO_DECISION } from '../../../src/protocol/decision.ts';
import { NaiveCodebook } from './naive-codebook.ts';
import { codeOf, gaussian, randomSource } from './samples.ts';

const edit = (number: number, x: number, y: number, label: readonly number[], radius = 1): CodebookEdit => ({
  ...{ edit: number, label, radius },
  keys: [Float32Array.of(x, y)],
  value: Float32Array.of(number),
});

// Points of a small grid: distances tie, coincide with radii and are 0 often.
const point = fc
  .tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -6, max: 6 }))
  .map(([x, y]) => Float32Array.of(x / 2, y / 2));
const anyEdit = fc.record({
  keys: fc.array(point, { minLength: 1, maxLength: 3 }),
  label: fc.constantFrom([7, 1], [1, 7], [7], []),
  radius: fc.constantFrom(1, 0.25, 2, 0),
});
const anyEdits = fc
  .array(anyEdit, { maxLength: 25 })
  .map((edits): CodebookEdit[] => edits.map((each, at) => ({ ...each, edit: at + 1, value: Float32Array.of(at + 1) })));

describe('Codebook', () => {
  it('does what the rules say, one edit at a time, previewed and folded alike', () => {
    fc.assert(
      fc.property(anyEdits, fc.array(point, { maxLength: 5 }), (edits, probes) => {
        const [codebook, naive] = [new Codebook(2), new NaiveCodebook()];
        for (const each of edits) {
          const expected = naive.apply(each);
          expect(codebook.preview(each)).toEqual(expected);
          expect(codebook.apply(each)).toEqual(expected);
        }
        expect(codebook.entries).toEqual(naive.entries);
        const folded = Codebook.fold(2, edits);
        expect(folded.entries).toEqual(naive.entries);
        expect(folded.pastQueries).toEqual(codebook.pastQueries);
        for (const probe of probes) {
          expect(codebook.decide(probe).entry).toBe(naive.lookup(probe).fires);
          expect(folded.decide(probe)).toEqual(codebook.decide(probe));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('goes on from a fold exactly as from single edits', () => {
    fc.assert(
      fc.property(anyEdits, fc.nat(), (edits, cut) => {
        const at = edits.length === 0 ? 0 : cut % edits.length;
        const codebook = Codebook.fold(2, edits.slice(0, at));
        const naive = NaiveCodebook.fold(edits.slice(0, at));
        for (const each of edits.slice(at)) expect(codebook.apply(each)).toEqual(naive.apply(each));
      }),
    );
  });

  it('agrees with the rules in 64 dimensions, where rows are given up early', () => {
    const random = randomSource(5);
    const centres = Array.from({ length: 30 }, () => gaussian(64, random));
    const edits = Array.from({ length: 300 }, (_, at): CodebookEdit => {
      const noise = gaussian(64, random);
      const key = centres[Math.floor(random() * 30)]!.map((x, j) => x + 0.12 * random() * noise[j]!);
      return { edit: at, keys: [key], value: Float32Array.of(at), label: [Math.floor(random() * 3)], radius: 1 };
    });
    const naive = NaiveCodebook.fold(edits);
    expect(Codebook.fold(64, edits).entries).toEqual(naive.entries);
    const actions = new Codebook(64);
    expect(new Set(edits.flatMap((each) => actions.apply(each).steps.map(({ action }) => action)))).toEqual(
      new Set(['add', 'expand', 'reuse', 'split']),
    );
  });

  it('names the entry that fires and the runner-up, or the nearest one', () => {
    const codebook = Codebook.fold(2, [edit(11, 0, 0, [1]), edit(12, 4, 0, [2])]);
    expect(codebook.decide(Float32Array.of(1, 0))).toEqual({
      ...{ fired: true, entry: 0, edit: 11, distance: 1, radius: 1 },
      nearest: { entry: 1, edit: 12, distance: 3, radius: 1 },
    });
    expect(codebook.decide(Float32Array.of(2.5, 0))).toEqual({
      ...NO_DECISION,
      nearest: { entry: 1, edit: 12, distance: 1.5, radius: 1 },
    });
    expect(new Codebook(2).decide(Float32Array.of(0, 0))).toEqual(NO_DECISION);
    expect(Codebook.fold(2, [edit(1, 0, 0, [1])]).decide(Float32Array.of(0, 0)).nearest).toBeNull();
  });

  it('refuses what it cannot compute with, and stays as it was', () => {
    const codebook = Codebook.fold(2, [edit(1, 0, 0, [1])]);
    for (const query of [Float32Array.of(1), Float32Array.of(NaN, 0), Float32Array.of(0, Infinity)]) {
      expect(codeOf(() => codebook.decide(query))).toBe('bad-argument');
      expect(codeOf(() => codebook.nearest(query))).toBe('bad-argument');
      expect(codeOf(() => codebook.apply({ ...edit(2, 0, 0, [2]), keys: [Float32Array.of(3, 3), query] }))).toBe(
        'bad-argument',
      );
    }
    for (const radius of [NaN, -1, Infinity]) {
      expect(codeOf(() => codebook.apply(edit(2, 9, 9, [2], radius)))).toBe('bad-argument');
    }
    expect(codeOf(() => codebook.apply({ ...edit(2, 0, 0, [2]), keys: [] }))).toBe('bad-argument');
    expect(codeOf(() => codebook.apply({ ...edit(2, 0, 0, [2]), value: Float32Array.of(NaN) }))).toBe('bad-argument');
    expect(codebook.entries).toHaveLength(1);
  });

  it('folds 10,000 edits of 768 components', () => {
    const random = randomSource(6);
    const edits = Array.from({ length: 10_000 }, (_, at): CodebookEdit => {
      return { edit: at, keys: [gaussian(768, random)], value: Float32Array.of(at), label: [at % 9], radius: 1 };
    });
    expect(Codebook.fold(768, edits).entries).toHaveLength(10_000);
  });
});
