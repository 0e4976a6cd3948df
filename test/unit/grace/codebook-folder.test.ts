import fc from 'fast-check';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CodebookFolder } from '../../../src/engine/grace/codebook-folder.ts';
import { checkIdentity, type CodebookIdentity } from '../../../src/engine/grace/manifest.ts';
import type { EditState } from '../../../src/protocol/edit.ts';
import { NaiveCodebook } from './naive-codebook.ts';
import { editAt, MANIFEST } from './sample-edits.ts';
import { codeOf, errorOf, temporaryFolder } from './samples.ts';

const states = (folder: CodebookFolder): readonly EditState[] => folder.edits.map(({ state }) => state);

function append(folder: CodebookFolder, edit: ReturnType<typeof editAt>) {
  const { keys, value, ...rest } = edit;
  return folder.append(rest, { keys, value });
}

/** A codebook with these edits, open for writing. */
function codebookOf(...edits: readonly ReturnType<typeof editAt>[]): CodebookFolder {
  const folder = CodebookFolder.create(temporaryFolder(), MANIFEST);
  for (const edit of edits) append(folder, edit);
  return folder;
}

function reopened(folder: CodebookFolder, mode: 'read' | 'write' = 'read'): CodebookFolder {
  folder.close();
  return CodebookFolder.open(folder.path, mode);
}

const vectorFile = (folder: CodebookFolder, at: number): string =>
  path.join(folder.path, 'vectors', folder.edits[at]!.record.vectors);

describe('CodebookFolder', () => {
  it('keeps edits, their vectors and what became of them', () => {
    const folder = codebookOf(editAt(0, 0), editAt(4, 0, [7, 2], [0.5]), editAt(0.5, 0, [9]));
    folder.disable(1);
    folder.revert(2);
    const again = reopened(folder);
    expect(states(again)).toEqual(['disabled', 'reverted', 'live']);
    expect(again.edits).toEqual(folder.edits);
    expect(again.codebook.entries).toEqual(folder.codebook.entries);
    expect(again.vectorsOf(1)).toEqual({ keys: editAt(0, 0).keys, value: editAt(0, 0).value });
    expect([again.vectorsOf(2), again.vectorsOf(99)]).toEqual([undefined, undefined]);
    expect(again.notices).toEqual([]);
    expect(again.manifest).toEqual(folder.manifest);
  });

  it('says what an edit did, and keeps its own copy of the vectors', () => {
    const folder = codebookOf(editAt(0, 0, [7]), editAt(0.75, 0, [7]));
    const edit = editAt(0.5, 0, [8]);
    const preview = folder.codebook.preview({ edit: folder.nextEdit, ...edit });
    const { record, outcome } = append(folder, edit);
    expect(outcome).toEqual(preview);
    expect(record.edit).toBe(3);
    expect(outcome.orphans).toEqual([{ edit: 2, key: 0, fired: 0, firesNow: 1 }]);
    edit.keys[0]!.fill(99);
    edit.value.fill(99);
    expect(folder.codebook.entries[1]!.key).toEqual(Float32Array.of(0.5, 0));
    expect(reopened(folder).codebook.entries).toEqual(folder.codebook.entries);
  });

  it('numbers edits and never gives a number twice', () => {
    const folder = codebookOf(editAt(0, 0), editAt(4, 0));
    folder.revert(2);
    expect(append(folder, editAt(8, 0)).record.edit).toBe(3);
    expect(append(reopened(folder, 'write'), editAt(8, 4)).record.edit).toBe(4);
  });

  it('leaves out the number that a bad line may hold', () => {
    const folder = codebookOf(editAt(0, 0));
    appendFileSync(path.join(folder.path, 'edits.jsonl'), '{"op":"edit","edit":2,\n');
    expect(append(reopened(folder, 'write'), editAt(4, 0)).record.edit).toBe(3);
  });

  it('is at any time what it would be, had the withdrawn edits never been made', () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          op: fc.constant('append' as const),
          x: fc.integer({ min: -4, max: 4 }),
          label: fc.integer({ min: 0, max: 2 }),
          second: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          op: fc.constantFrom('disable', 'enable', 'revert'),
          edit: fc.integer({ min: 1, max: 8 }),
        }),
      },
    );
    const root = temporaryFolder();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const folder = CodebookFolder.create(mkdtempSync(path.join(root, 'book-')), MANIFEST);
        const model = new Map<number, { state: EditState; edit: ReturnType<typeof editAt> }>();
        for (const each of steps) {
          if (each.op === 'append') {
            const edit = editAt(each.x / 2, 0, [each.label], each.second ? [0.75] : []);
            model.set(append(folder, edit).record.edit, { state: 'live', edit });
          } else {
            const past = model.get(each.edit);
            const to = ({ disable: 'disabled', enable: 'live', revert: 'reverted' } as const)[each.op];
            const sensible = past && past.state !== 'reverted' && past.state !== to;
            if (!sensible)
              expect(
                codeOf(() => {
                  folder[each.op](each.edit);
                }),
              ).toBe(past ? 'bad-argument' : 'edit-unknown');
            else {
              folder[each.op](each.edit);
              past.state = to;
            }
          }
        }
        const live = [...model]
          .filter(([, { state }]) => state === 'live')
          .map(([edit, own]) => ({ ...own.edit, edit }));
        const expected = NaiveCodebook.fold(live).entries;
        const again = reopened(folder);
        for (const book of [folder, again]) {
          expect(states(book)).toEqual([...model.values()].map(({ state }) => state));
          expect(book.codebook.entries).toEqual(expected);
        }
        expect(again.notices).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('switches several edits, or none of them', () => {
    const folder = codebookOf(editAt(0, 0), editAt(4, 0), editAt(8, 0));
    folder.switch('disable', [1, 3, 3]);
    expect(states(folder)).toEqual(['disabled', 'live', 'disabled']);
    const journal = readFileSync(path.join(folder.path, 'edits.jsonl'));
    expect(errorOf(() => { folder.switch('disable', [2, 1]); }).message).toBe('Edit 1 is disabled already.'); // prettier-ignore
    expect(codeOf(() => { folder.switch('revert', [2, 9]); })).toBe('edit-unknown'); // prettier-ignore
    expect(readFileSync(path.join(folder.path, 'edits.jsonl'))).toEqual(journal);
    folder.switch('enable', [3, 1]);
    const again = reopened(folder);
    expect(states(again)).toEqual(['live', 'live', 'live']);
    expect(again.codebook.entries).toEqual(folder.codebook.entries);
  });

  it('keeps what people say of edits, which changes no behaviour', () => {
    const folder = codebookOf(editAt(0, 0), editAt(4, 0));
    const { entries } = folder.codebook;
    folder.annotate(1, { title: 'Größe', tags: ['a'] });
    folder.annotate(1, { note: 'seen' });
    folder.annotate(1, { title: '' });
    folder.revert(2);
    expect(errorOf(() => { folder.annotate(2, { note: '' }); }).message).toBe('Edit 2 was reverted, so it cannot be annotated.'); // prettier-ignore
    expect(codeOf(() => { folder.annotate(3, { note: '' }); })).toBe('edit-unknown'); // prettier-ignore
    const again = reopened(folder);
    expect(again.edits[0]).toMatchObject({ title: '', note: 'seen', tags: ['a'], state: 'live' });
    expect(again.codebook.entries).toEqual(entries.slice(0, 1));
  });

  it('is with another radius what it would be, had the edit been made with it', () => {
    const any = fc.record({
      x: fc.integer({ min: -4, max: 4 }),
      label: fc.integer({ min: 0, max: 1 }),
      second: fc.boolean(),
      radius: fc.constantFrom(0, 0.25, 1, 2),
    });
    const root = temporaryFolder();
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 8 }), fc.nat(), fc.constantFrom(0, 0.5, 1.5, 4), (steps, nth, radius) => {
        const edits = steps.map((each) => ({ ...editAt(each.x / 2, 0, [each.label], each.second ? [0.75] : []), radius: each.radius }));
        const at = nth % edits.length;
        const folder = CodebookFolder.create(mkdtempSync(path.join(root, 'book-')), MANIFEST);
        for (const edit of edits) append(folder, edit);
        folder.setRadius(at + 1, radius);
        const expected = NaiveCodebook.fold(edits.map((edit, index) => ({ ...edit, edit: index + 1, ...(index === at ? { radius } : {}) }))).entries;
        expect(folder.codebook.entries).toEqual(expected);
        expect(folder.edits[at]).toMatchObject({ radius, record: { radius: edits[at]!.radius } });
        expect(reopened(folder).codebook.entries).toEqual(expected);
      }),
      { numRuns: 60 },
    ); // prettier-ignore
    const folder = codebookOf(editAt(0, 0));
    for (const wrong of [-1, NaN, Infinity])
      expect(codeOf(() => { folder.setRadius(1, wrong); })).toBe('bad-argument'); // prettier-ignore
    expect(codeOf(() => { folder.setRadius(2, 1); })).toBe('edit-unknown'); // prettier-ignore
  });

  it('says plainly what cannot be switched', () => {
    const folder = codebookOf(editAt(0, 0), editAt(4, 0));
    folder.disable(1);
    folder.revert(2);
    const journal = readFileSync(path.join(folder.path, 'edits.jsonl'));
    const refusals: readonly [() => void, string, RegExp][] = [
      [
        () => {
          folder.disable(1);
        },
        'bad-argument',
        /^Edit 1 is disabled already\.$/,
      ],
      [
        () => {
          folder.enable(2);
        },
        'bad-argument',
        /^Edit 2 was reverted, so it cannot be enabled\.$/,
      ],
      [
        () => {
          folder.disable(2);
        },
        'bad-argument',
        /^Edit 2 was reverted, so it cannot be disabled\.$/,
      ],
      [
        () => {
          folder.revert(2);
        },
        'bad-argument',
        /^Edit 2 is reverted already\.$/,
      ],
      [
        () => {
          folder.revert(3);
        },
        'edit-unknown',
        /^There is no edit 3 to revert\.$/,
      ],
    ];
    for (const [call, code, message] of refusals) {
      expect(errorOf(call)).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
    }
    folder.enable(1);
    expect(
      errorOf(() => {
        folder.enable(1);
      }).message,
    ).toBe('Edit 1 is enabled already.');
    expect(readFileSync(path.join(folder.path, 'edits.jsonl')).subarray(0, journal.length)).toEqual(journal);
  });

  it('refuses vectors that do not fit, and writes nothing then', () => {
    const folder = codebookOf();
    const edit = editAt(0, 0);
    for (const bad of [
      { ...edit, keys: [] },
      { ...edit, keys: [...edit.keys, ...edit.keys] },
      { ...edit, keys: [Float32Array.of(1)] },
      { ...edit, keys: [Float32Array.of(1, NaN)] },
      { ...edit, value: Float32Array.of(1) },
      { ...edit, value: Float32Array.of(1, 2, NaN) },
      { ...edit, radius: -1 },
    ]) {
      expect(codeOf(() => append(folder, bad))).toBe('bad-argument');
    }
    expect(readdirSync(path.join(folder.path, 'vectors'))).toEqual([]);
    expect(readFileSync(path.join(folder.path, 'edits.jsonl'), 'utf8')).toBe('');
  });

  it('does not write when it is open for reading, or closed', () => {
    const folder = codebookOf(editAt(0, 0));
    const reader = CodebookFolder.open(folder.path, 'read');
    for (const call of [
      () => append(reader, editAt(4, 0)),
      () => {
        reader.revert(1);
      },
    ])
      expect(codeOf(call)).toBe('codebook-read-only');
    folder.close();
    folder.close();
    expect(codeOf(() => append(folder, editAt(4, 0)))).toBe('codebook-read-only');
  });
});

describe('a damaged codebook', () => {
  it('leaves out the edit whose vectors are damaged, until they are back', () => {
    const folder = codebookOf(editAt(0, 0), editAt(4, 0), editAt(8, 0));
    const file = vectorFile(folder, 1);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, -4));
    const damaged = reopened(folder, 'write');
    expect(states(damaged)).toEqual(['live', 'damaged', 'live']);
    expect(damaged.codebook.entries.map(({ valueFrom }) => valueFrom)).toEqual([1, 3]);
    expect(damaged.notices).toMatchObject([{ kind: 'vector-damaged', edit: 2 }]);
    damaged.disable(2);
    expect(states(damaged)).toEqual(['live', 'damaged', 'live']);
    expect(
      codeOf(() => {
        damaged.enable(2);
      }),
    ).toBe('vector-damaged');
    writeFileSync(file, bytes);
    expect(states(reopened(damaged, 'write'))).toEqual(['live', 'disabled', 'live']);
    damaged.close();
  });

  it('enables an edit as soon as its vectors are back', () => {
    const folder = codebookOf(editAt(0, 0));
    const file = vectorFile(folder, 0);
    const bytes = readFileSync(file);
    folder.disable(1);
    rmSync(file);
    const damaged = reopened(folder, 'write');
    writeFileSync(file, bytes);
    damaged.enable(1);
    expect(states(damaged)).toEqual(['live']);
    expect(damaged.codebook.entries).toHaveLength(1);
  });

  it('does not need the vectors of reverted edits', () => {
    const folder = codebookOf(editAt(0, 0), editAt(4, 0));
    folder.revert(1);
    rmSync(vectorFile(folder, 0));
    expect(reopened(folder).notices).toEqual([]);
  });

  it('reports what its journal has that makes no sense, with the lines', () => {
    const folder = codebookOf(editAt(0, 0), editAt(4, 0));
    const journal = path.join(folder.path, 'edits.jsonl');
    const [first] = readFileSync(journal, 'utf8').split('\n');
    const at = new Date().toISOString();
    const say = (op: string, edit: number) => JSON.stringify({ op, edit, at });
    appendFileSync(
      journal,
      [first, say('revert', 9), say('revert', 2), say('enable', 2), say('enable', 1), '{"op":"ed'].join('\n'),
    );
    const again = reopened(folder);
    expect(again.notices.map(({ kind, line, edit }) => [kind, line, edit])).toEqual([
      ['torn-tail', 8, null],
      ['duplicate-edit', 3, 1],
      ['unknown-edit', 4, 9],
      ['after-revert', 6, 2],
      ['without-effect', 7, 1],
    ]);
    expect(states(again)).toEqual(['live', 'reverted']);
  });

  it('is refused without its journal, or with a description that is none', () => {
    const folder = codebookOf(editAt(0, 0));
    folder.close();
    const manifest = path.join(folder.path, 'codebook.json');
    const whole = readFileSync(manifest, 'utf8');
    for (const text of ['', '{', '[]', '{}', whole.replace('"dIn": 2', '"dIn": "2"'), ' '.repeat(2 ** 21)]) {
      writeFileSync(manifest, text);
      expect(codeOf(() => CodebookFolder.open(folder.path, 'read'))).toBe('codebook-damaged');
    }
    writeFileSync(manifest, whole.replace('"version": 1', '"version": 2'));
    const newer = errorOf(() => CodebookFolder.open(folder.path, 'write'));
    expect(newer).toMatchObject({ code: 'codebook-mismatch', data: { version: 2, expected: 1 } });
    writeFileSync(manifest, whole);
    rmSync(path.join(folder.path, 'edits.jsonl'));
    expect(codeOf(() => CodebookFolder.open(folder.path, 'read'))).toBe('codebook-damaged');
  });

  it('comes back from version control without its empty folders', () => {
    const folder = codebookOf();
    folder.close();
    rmSync(path.join(folder.path, 'vectors'), { recursive: true });
    rmSync(path.join(folder.path, '.lock'));
    expect(CodebookFolder.open(folder.path, 'read').edits).toEqual([]);
    append(CodebookFolder.open(folder.path, 'write'), editAt(0, 0));
  });
});

describe('creating a codebook', () => {
  it('is refused where there is one, or where one has lost its description', () => {
    const folder = codebookOf(editAt(0, 0));
    folder.close();
    expect(codeOf(() => CodebookFolder.create(folder.path, MANIFEST))).toBe('bad-argument');
    rmSync(path.join(folder.path, 'codebook.json'));
    expect(codeOf(() => CodebookFolder.create(folder.path, MANIFEST))).toBe('codebook-damaged');
    expect(codeOf(() => CodebookFolder.open(folder.path, 'read'))).toBe('codebook-damaged');
  });

  it('completes what an interrupted creation left, which is no codebook until then', () => {
    const folder = temporaryFolder();
    const steps: (() => void)[] = [
      () => undefined,
      () => {
        writeFileSync(path.join(folder, '.lock'), '');
      },
      () => {
        mkdirSync(path.join(folder, 'vectors'));
      },
      () => {
        writeFileSync(path.join(folder, 'edits.jsonl'), '');
      },
      () => {
        writeFileSync(path.join(folder, 'codebook.json.123.tmp'), '{"format":"grace-co');
      },
    ];
    for (const step of steps) {
      step();
      expect(codeOf(() => CodebookFolder.open(folder, 'write'))).toBe('bad-argument');
    }
    CodebookFolder.create(folder, MANIFEST).close();
    expect(readdirSync(folder).sort()).toEqual(['.gitignore', '.lock', 'codebook.json', 'edits.jsonl', 'vectors']);
  });

  it('leaves no trace in a folder that is no codebook when that is opened', () => {
    const folder = temporaryFolder();
    for (const mode of ['read', 'write'] as const)
      expect(codeOf(() => CodebookFolder.open(folder, mode))).toBe('bad-argument');
    expect(codeOf(() => CodebookFolder.open(path.join(folder, 'none'), 'read'))).toBe('bad-argument');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('makes folders on the way, and says so when it cannot', () => {
    const folder = temporaryFolder();
    CodebookFolder.create(path.join(folder, 'a', 'b'), MANIFEST).close();
    expect(existsSync(path.join(folder, 'a', 'b', 'codebook.json'))).toBe(true);
    writeFileSync(path.join(folder, 'file'), '');
    expect(codeOf(() => CodebookFolder.create(path.join(folder, 'file'), MANIFEST))).toBe('bad-argument');
  });
});

describe('a codebook whose files another program changes', () => {
  const journalOf = (folder: CodebookFolder): string => path.join(folder.path, 'edits.jsonl');
  const replace = (file: string, content: string): void => {
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  };

  it('is read again before anything is written, and nothing is lost', () => {
    const folder = codebookOf(editAt(0, 0), editAt(4, 0));
    const [first] = readFileSync(journalOf(folder), 'utf8').split('\n');
    replace(journalOf(folder), `${first}\n`);
    expect(append(folder, editAt(8, 0)).record.edit).toBe(2);
    expect(folder.rereads).toBe(1);
    folder.refresh();
    expect(folder.rereads).toBe(1);
    const again = reopened(folder);
    expect(again.edits.map(({ record }) => record.prompt)).toEqual([editAt(0, 0).prompt, editAt(8, 0).prompt]);
    expect(again.notices).toEqual([]);
  });

  it('is written by whoever has the lock, and by the next one after it', () => {
    const writer = codebookOf(editAt(0, 0));
    const other = CodebookFolder.open(writer.path, 'auto');
    expect(other.readOnly).toContain(`open for writing in process ${process.pid} `);
    append(writer, editAt(4, 0));
    expect(errorOf(() => append(other, editAt(8, 0)))).toMatchObject({
      code: 'codebook-read-only',
      message: expect.stringMatching(/close it there to change it here\.$/) as string,
    });
    expect(other.edits).toHaveLength(2);
    writer.close();
    expect(append(other, editAt(8, 0)).record.edit).toBe(3);
    expect(other.readOnly).toBeNull();
    // Somebody cleans the folder up: the file that the lock is on goes, and others can lock the next one.
    rmSync(path.join(other.path, '.lock'));
    const third = CodebookFolder.open(other.path, 'auto');
    expect(third.readOnly).toBeNull();
    expect(codeOf(() => append(other, editAt(9, 0)))).toBe('codebook-read-only');
    third.close();
    expect(append(other, editAt(9, 0)).record.edit).toBe(4);
  });

  it('stays as it was while its files make no sense, or are those of another codebook', () => {
    const folder = codebookOf(editAt(0, 0));
    const manifest = path.join(folder.path, 'codebook.json');
    const whole = readFileSync(manifest, 'utf8');
    for (const wrong of ['{', whole.replace('f00d', 'beef'), whole.replace('"dIn": 2', '"dIn": 3')]) {
      replace(manifest, wrong);
      expect(codeOf(() => { folder.disable(1); })).toBe('codebook-read-only'); // prettier-ignore
      expect(folder.readOnly).toBe(folder.fault);
      expect(states(folder)).toEqual(['live']);
    }
    replace(manifest, whole);
    folder.disable(1);
    expect(states(reopened(folder))).toEqual(['disabled']);
  });

  it('goes away again when it was made for nothing', () => {
    const parent = temporaryFolder();
    const made = CodebookFolder.create(path.join(parent, 'book'), MANIFEST);
    made.closeUnused();
    expect(readdirSync(parent)).toEqual([]);
    const used = codebookOf(editAt(0, 0));
    used.closeUnused();
    CodebookFolder.open(used.path, 'write').closeUnused();
    expect(states(CodebookFolder.open(used.path, 'read'))).toEqual(['live']);
  });
});

describe('checkIdentity', () => {
  const other: CodebookIdentity = { ...MANIFEST, model: { ...MANIFEST.model, name: 'elsewhere/demo' } };

  it('does not mind the name', () => {
    expect(() => {
      checkIdentity(MANIFEST, other);
    }).not.toThrow();
  });

  it.each<[string, Partial<CodebookIdentity>, string, string]>([
    ['fingerprint', { model: { ...other.model, fingerprint: 'beef' } }, 'f00d', 'beef'],
    ['architecture', { model: { ...other.model, architecture: 'gpt2' } }, 'llama', 'gpt2'],
    [
      'hook point',
      { hook: { ...other.hook, key: 'model.layers.9:input' } },
      'model.layers.2:output',
      'model.layers.9:input',
    ],
    ['router', { router: 'two-part' }, 'grace', 'two-part'],
    ['value length', { dOut: 4 }, '3', '4'],
  ])('names both when the %s differs', (_, difference, there, here) => {
    const { code, message } = errorOf(() => {
      checkIdentity(MANIFEST, { ...other, ...difference });
    });
    expect(code).toBe('codebook-mismatch');
    expect(message).toContain(`${there}, not ${here}`);
  });
});

it('never reads a half-written journal as whole', () => {
  const folder = codebookOf(editAt(0, 0), editAt(4, 0));
  folder.close();
  const journal = path.join(folder.path, 'edits.jsonl');
  truncateSync(journal, readFileSync(journal).length - 20);
  const again = CodebookFolder.open(folder.path, 'write');
  expect(again.notices).toMatchObject([{ kind: 'torn-tail', line: 2 }]);
  expect(again.codebook.entries).toHaveLength(1);
  append(again, editAt(9, 0));
  const { notices, edits } = reopened(again);
  expect(notices).toEqual([]);
  expect(edits.map(({ record }) => record.edit)).toEqual([1, 2]);
});
