import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Codebook, type CodebookEdit, type FoldedCodebook } from '../../../src/engine/grace/codebook.ts';
import { StoredEdits } from '../../../src/engine/grace/stored-edits.ts';
import { NaiveCodebook } from './naive-codebook.ts';
import { editOf } from './sample-edits.ts';

it('folds to the same codebook, whatever was folded before, and whichever vectors come and go', () => {
  const at = '2025-03-01T12:00:00.000Z';
  const any = fc.record({
    x: fc.integer({ min: -20, max: 20 }),
    label: fc.nat(1),
    radius: fc.constantFrom(0, 0.5, 1, 3),
    later: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 12 }), fc.array(fc.nat(11), { maxLength: 8 }), (steps, turns) => {
      const edits = steps.map(({ x, label, radius }, index) => ({
        ...{ edit: index + 1, label: [label], radius },
        ...{ keys: [Float32Array.of(x / 2, 0)], value: Float32Array.of(index, 0, 0) },
      }));
      const stored = new StoredEdits();
      const expectFold = (): void => {
        const live = edits.filter(({ edit }) => stored.vectors.has(edit) && stored.history.edits.get(edit)!.state === 'live');
        expect(stored.fold(2).entries).toEqual(NaiveCodebook.fold(live).entries);
      };
      for (const [index, { edit, keys, value, ...own }] of edits.entries()) {
        stored.history.replay({ ...editOf(0, 0, [], []), ...own, op: 'edit', edit, at, vectors: '' });
        if (!steps[index]!.later) stored.vectors.set(edit, { keys, value });
        expectFold();
      }
      for (const turn of turns) {
        const { edit, keys, value } = edits[turn % edits.length]!;
        if (!stored.vectors.has(edit)) stored.vectors.set(edit, { keys, value });
        else stored.history.replay({ op: stored.history.edits.get(edit)!.state === 'live' ? 'disable' : 'enable', edit, at });
        expectFold();
      }
    }),
  ); // prettier-ignore
});

const folded = (codebook: FoldedCodebook): Codebook => {
  if (codebook instanceof Codebook) return codebook;
  throw new Error('It was folded for another router.');
};

describe('refold', () => {
  const at = '2025-03-01T12:00:00.000Z';
  // Clusters on a line: some edits meet each other and others never do.
  const place = fc.tuple(fc.constantFrom(-900, -300, 0, 300), fc.integer({ min: -6, max: 6 })).map(([far, near]) => far + near / 2);
  const anyEdit = fc.record({
    places: fc.array(place, { minLength: 1, maxLength: 2 }),
    label: fc.nat(1),
    radius: fc.constantFrom(0, 0.5, 1, 3),
  });
  const anyTurn = fc.record({
    op: fc.constantFrom('switch', 'switch', 'revert', 'radius', 'append'),
    edits: fc.uniqueArray(fc.nat(19), { minLength: 1, maxLength: 3 }),
    radius: fc.constantFrom(0, 0.5, 2, 4, 400),
  });

  it('is the fold, whatever is switched, reverted or given another radius', () => {
    const taken = { over: 0, anew: 0 };
    fc.assert(
      fc.property(fc.array(anyEdit, { minLength: 1, maxLength: 20 }), fc.array(anyTurn, { maxLength: 10 }), (edits, turns) => {
        const stored = new StoredEdits();
        const add = ({ places, label, radius }: (typeof edits)[number]): CodebookEdit => {
          const edit = stored.history.lastEdit + 1;
          const vectors = { keys: places.map((x) => Float32Array.of(x, 0)), value: Float32Array.of(edit) };
          stored.history.replay({ ...editOf(0, 0, [], []), ...{ op: 'edit', edit, at, label: [label], radius, vectors: '' } });
          stored.vectors.set(edit, vectors);
          return { edit, label: [label], radius, ...vectors };
        };
        edits.slice(1).forEach(add);
        let codebook = folded(stored.fold(2));
        for (const turn of turns) {
          if (turn.op === 'append') {
            codebook.apply(add(edits[0]!));
            continue;
          }
          const states = new Map([...stored.history.edits].filter(([, { state }]) => state !== 'reverted'));
          const changed = turn.edits.filter((edit) => states.has(edit));
          for (const edit of changed) {
            const op = { switch: states.get(edit)!.state === 'live' ? 'disable' : 'enable', revert: 'revert', radius: 'radius' } as const;
            stored.history.replay(turn.op === 'radius' ? { op: 'radius', edit, at, radius: turn.radius } : { op: op[turn.op] as 'revert', edit, at });
          }
          const before = codebook;
          codebook = folded(stored.refold(before, changed));
          taken[codebook === before ? 'over' : 'anew']++;
          if (turn.op === 'revert') for (const edit of changed) stored.vectors.delete(edit);
          const whole = folded(stored.fold(2));
          expect(codebook.entries).toEqual(whole.entries);
          expect(codebook.pastQueries).toEqual(whole.pastQueries);
          for (const x of [-900, -299, 0.25, 1, 301]) expect(codebook.decide(Float32Array.of(x, 0))).toEqual(whole.decide(Float32Array.of(x, 0)));
        }
      }),
      { numRuns: 150 },
    );
    expect(taken.over).toBeGreaterThan(taken.anew);
  });

  it('folds all of them where too many have to do with each other', () => {
    const stored = new StoredEdits();
    for (let edit = 1; edit <= 100; edit++) {
      stored.history.replay({ ...editOf(0, 0, [], []), ...{ op: 'edit', edit, at, label: [edit], radius: 1, vectors: '' } });
      stored.vectors.set(edit, { keys: [Float32Array.of(edit, 0)], value: Float32Array.of(edit) });
    }
    const before = stored.fold(2);
    stored.history.replay({ op: 'disable', edit: 50, at });
    const after = stored.refold(before, [50]);
    expect(after).not.toBe(before);
    expect(after.entries).toEqual(stored.fold(2).entries);
  });
}); // prettier-ignore
