import { describe, expect, it } from 'vitest';
import { CodebookFolder } from '../../../src/engine/grace/codebook-folder.ts';
import { exportCodebook, partOf } from '../../../src/engine/grace/exchange.ts';
import { planMerge } from '../../../src/engine/grace/merge.ts';
import { editAt, MANIFEST } from './sample-edits.ts';
import { codeOf, temporaryFolder } from './samples.ts';

function codebookOf(...edits: readonly ReturnType<typeof editAt>[]): CodebookFolder {
  const folder = CodebookFolder.create(temporaryFolder(), MANIFEST);
  for (const { keys, value, ...rest } of edits) folder.append(rest, { keys, value });
  return folder;
}

describe('a merge', () => {
  it('takes what is not here yet, from a folder or an export, and says what disagrees', () => {
    const ours = codebookOf(editAt(0, 0, [1]), editAt(10, 0, [1]), editAt(0.4, 0, [1]), editAt(20, 0, [1]));
    ours.revert(4);
    const theirs = codebookOf(
      ...[editAt(10, 0, [1]), editAt(0.6, 0, [2]), editAt(10, 0, [3]), editAt(20, 0, [1])],
      ...[editAt(30, 0, [4]), editAt(40, 0, [5]), editAt(50, 0, [6])],
    );
    const probes = [{ prompt: editAt(1, 1).prompt, answer: 'kept', maxTokens: 48 }];
    const { keys, value, ...last } = editAt(60, 0, [7]);
    theirs.append({ ...last, probes }, { keys, value });
    theirs.annotate(5, { title: 'five' });
    theirs.setRadius(5, 0.5);
    theirs.disable(6);
    theirs.revert(7);
    const file = `${temporaryFolder()}/theirs.safetensors`;
    exportCodebook(partOf(theirs), file);
    for (const from of [theirs.path, file]) {
      const { taken, same, conflicts } = planMerge(ours, from);
      expect(same).toBe(2); // one of them was taken back here, and stays so
      expect([...taken.history.edits.keys()]).toEqual([5, 6, 7, 8, 9]);
      expect(conflicts).toEqual([
        { ...{ edit: 2, prompt: editAt(0.6, 0).prompt, target: 'label 2', action: 'split' }, with: [3] },
        { ...{ edit: 3, prompt: editAt(10, 0).prompt, target: 'label 3', action: 'update' }, with: [2] },
      ]);
    }
    const before = ours.codebook.entries;
    const { taken } = planMerge(ours, file);
    expect(ours.codebook.entries).toBe(before);
    ours.adopt(taken);
    ours.close();
    const again = CodebookFolder.open(ours.path, 'read');
    expect(again.notices).toEqual([]);
    expect(again.edits.slice(4).map(({ record, state, title, radius }) => [record.edit, state, title, radius])).toEqual([
      [5, 'live', '', 1],
      [6, 'live', '', 1],
      [7, 'live', 'five', 0.5],
      [8, 'disabled', '', 1],
      [9, 'live', '', 1],
    ]); // prettier-ignore
    expect(again.edits.at(-1)!.record.probes).toEqual(probes);
    expect(planMerge(again, theirs.path)).toMatchObject({ same: 7, conflicts: [] });
  });

  it('is refused for another model, and from what is no codebook', () => {
    const ours = codebookOf(editAt(0, 0));
    const other = CodebookFolder.create(temporaryFolder(), { ...MANIFEST, dOut: 4 });
    expect(codeOf(() => planMerge(ours, other.path))).toBe('codebook-mismatch');
    expect(codeOf(() => planMerge(ours, temporaryFolder()))).toBe('bad-argument');
    expect(codeOf(() => planMerge(ours, `${temporaryFolder()}/none`))).toBe('bad-argument');
  });
});
