import fc from 'fast-check';
import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CodebookView } from '../../../src/engine/codebook-view.ts';
import { CodebookFolder } from '../../../src/engine/grace/codebook-folder.ts';
import { StoredEdits } from '../../../src/engine/grace/stored-edits.ts';
import { applyCodebookChange } from '../../../src/protocol/codebook-snapshot.ts';
import type { EditRecord } from '../../../src/protocol/edit.ts';
import { editAt, editOf, MANIFEST } from '../grace/sample-edits.ts';
import { gaussian, randomSource, temporaryFolder } from '../grace/samples.ts';

function append(folder: CodebookFolder, { keys, value, ...rest }: ReturnType<typeof editAt>): void {
  folder.append(rest, { keys, value });
}

describe('CodebookView', () => {
  it('tells changes that make a new snapshot of an old one', () => {
    const step = fc.oneof(
      fc.record({ op: fc.constant('edit' as const), x: fc.integer({ min: -3, max: 3 }), label: fc.nat(1) }),
      fc.record({ op: fc.constantFrom('disable', 'enable', 'revert', 'annotate', 'radius'), edit: fc.integer({ min: 1, max: 5 }) }),
    ); // prettier-ignore
    const root = temporaryFolder();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
        const folder = CodebookFolder.create(mkdtempSync(path.join(root, 'book-')), MANIFEST);
        const view = new CodebookView(folder);
        let kept = view.snapshot;
        for (const each of steps) {
          try {
            if (each.op === 'edit') append(folder, editAt(each.x / 2, 0, [each.label]));
            else if (each.op === 'annotate') folder.annotate(each.edit, { tags: [String(steps.length)] });
            else if (each.op === 'radius') folder.setRadius(each.edit, steps.length / 4);
            else folder.switch(each.op, [each.edit]);
          } catch {
            continue; // there is no such edit, or it is in that state
          }
          kept = applyCodebookChange(kept, view.change())!;
          expect(kept).toEqual(view.snapshot);
          const { items } = new CodebookView(folder).snapshot;
          expect(kept.items).toEqual(items);
        }
        folder.close();
      }),
      { numRuns: 40 },
    );
  });

  it('shows texts in one line, and who has lost the own answer', () => {
    const folder = CodebookFolder.create(temporaryFolder(), MANIFEST);
    append(folder, { ...editAt(0, 0, [1]), prompt: { kind: 'text', text: ` a\n\n b\t${'🦭'.repeat(300)}` } });
    const chat = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Who?' }] as const; // prettier-ignore
    append(folder, { ...editAt(0.5, 0, [1]), prompt: { kind: 'chat', messages: chat } });
    append(folder, { ...editAt(0, 0, [2]), prompt: { kind: 'chat', messages: chat, answer: 'It' } });
    const { items } = new CodebookView(folder).snapshot;
    expect(items[0]!.prompt).toBe(`a b ${'🦭'.repeat(195)}…`);
    expect(items.slice(1).map(({ prompt }) => prompt)).toEqual(['Who?', 'user: Who? / assistant: It']);
    expect(items.map(({ state, entry }) => [state, entry])).toEqual([['orphaned', '1'], ['orphaned', '1'], ['live', '1']]); // prettier-ignore
  });

  it('tells what taking each of several of 10,000 edits back changes', () => {
    const random = randomSource(3);
    const stored = new StoredEdits();
    for (let edit = 1; edit <= 10_000; edit++) {
      const record: EditRecord = { ...editOf(edit, 0, [edit], []), op: 'edit', edit, at: '2025-03-01T12:00:00.000Z', vectors: '' }; // prettier-ignore
      stored.history.replay(record);
      stored.vectors.set(edit, { keys: [gaussian(192, random)], value: Float32Array.of(0, 0, 0) });
    }
    let codebook = stored.fold(192);
    const folder = {
      ...{ manifest: { ...MANIFEST, created: '' }, notices: [], path: '', readOnly: null, fault: null },
      get edits() {
        return stored.list();
      },
      get codebook() {
        return codebook;
      },
    } as unknown as CodebookFolder;
    const view = new CodebookView(folder);
    for (let at = 0; at < 5; at++) {
      stored.history.replay({ op: 'disable', edit: at + 1, at: '' });
      codebook = stored.refold(codebook, [at + 1]);
      // Rows behind it are counted anew; no other item says so.
      expect(view.change().changed.map(({ edit }) => edit)).toEqual([at + 1]);
    }
  });
});
