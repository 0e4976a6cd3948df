import fc from 'fast-check';
import { expect, it } from 'vitest';
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
