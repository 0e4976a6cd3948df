import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CodebookFolder } from '../../../src/engine/grace/codebook-folder.ts';
import { createFromExport, exportCodebook, importInto, partOf } from '../../../src/engine/grace/exchange.ts';
import { exportReadable, type ReadableCodebook } from '../../../src/engine/grace/readable-export.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  type ArrayTensor,
} from '../../../src/engine/weights/safetensors-bytes.ts';
import { editAt, MANIFEST } from './sample-edits.ts';
import { codeOf, errorOf, temporaryFolder } from './samples.ts';

function append(folder: CodebookFolder, ...edits: readonly ReturnType<typeof editAt>[]): void {
  for (const { keys, value, ...rest } of edits) folder.append(rest, { keys, value });
}

/** Seven edits: added, expanded, split with irrational radii, updated; one disabled, one reverted. */
function exampleCodebook(): CodebookFolder {
  const folder = CodebookFolder.create(temporaryFolder(), MANIFEST);
  const probes = [{ prompt: { kind: 'text', text: 'a probe' }, answer: 'its answer', maxTokens: 48 }] as const;
  append(
    folder,
    { ...editAt(0, 0, [1]), probes },
    editAt(4, 0, [2], [0.25, 9]),
    editAt(1.3, 0.1, [1]),
    editAt(0.3, 0.3, [3]),
  );
  append(folder, editAt(4, 0, [4]), editAt(-7, 0, [5]), editAt(-8, 0, [6]));
  folder.disable(6);
  folder.revert(7);
  return folder;
}

const fileIn = (folder: string): string => path.join(folder, 'book.safetensors');

function exported(folder: CodebookFolder): string {
  const file = fileIn(temporaryFolder());
  exportCodebook(partOf(folder), file);
  return file;
}

/** Everything that two codebooks must agree on. */
const content = (folder: CodebookFolder): object => ({
  edits: folder.edits,
  entries: folder.codebook.entries,
  past: folder.codebook.pastQueries,
  records: folder.stored.history.records,
});

describe('export and import', () => {
  it('give the same codebook, also after edits are taken back on both sides', () => {
    const folder = exampleCodebook();
    const twin = createFromExport(exported(folder), path.join(temporaryFolder(), 'twin'));
    expect(content(twin)).toEqual(content(folder));
    expect({ ...twin.manifest, created: '' }).toEqual({ ...folder.manifest, created: '' });
    expect(twin.edits.map(({ record }) => record.probes?.length)).toEqual([1, ...Array<undefined>(6)]);
    for (const book of [folder, twin]) {
      book.enable(6);
      book.revert(4);
      book.disable(2);
      append(book, editAt(2, 2, [8]));
    }
    expect(twin.codebook.entries).toEqual(folder.codebook.entries);
    expect(twin.edits.map(({ state }) => state)).toEqual(folder.edits.map(({ state }) => state));
    twin.close();
    const again = CodebookFolder.open(twin.path, 'read');
    expect(content(again)).toEqual(content(twin));
    expect(again.notices).toEqual([]);
  });

  it('write tensors that need nothing of ours to be understood', () => {
    const folder = exampleCodebook();
    const { tensors, metadata } = decodeSafetensors(readFileSync(exported(folder)));
    const { entries } = folder.codebook;
    expect(tensors.get('keys')).toEqual({
      shape: [entries.length, 2],
      data: Float32Array.from(entries.flatMap(({ key }) => [...key])),
    });
    expect(tensors.get('values')!.shape).toEqual([entries.length, 3]);
    expect(tensors.get('radii')!.data).toEqual(Float64Array.from(entries, ({ radius }) => radius));
    expect(tensors.get('edit.2.key.2')!.data).toEqual(Float32Array.of(13, 0));
    expect([tensors.has('edit.6.value'), tensors.has('edit.7.value')]).toEqual([true, false]);
    const described = JSON.parse(metadata['entries']!) as { entries: { edit: number; members: number[][] }[] };
    expect(described.entries[0]).toEqual({
      edit: 3,
      rows: 1,
      label: [1],
      members: [
        [1, 0],
        [3, 0],
      ],
    });
  });

  it('append to a codebook for the same model, with new numbers', () => {
    const [source, target] = [exampleCodebook(), exampleCodebook()];
    const separate = CodebookFolder.create(temporaryFolder(), MANIFEST);
    append(separate, editAt(20, 0, [1]), editAt(20, 20, [2]));
    separate.disable(1);
    importInto(target, exported(separate));
    expect(target.edits.map(({ record, state }) => [record.edit, state]).slice(7)).toEqual([
      [8, 'disabled'],
      [9, 'live'],
    ]);
    expect(target.codebook.entries.at(-1)).toMatchObject({ valueFrom: 9, label: [2] });
    target.enable(8);
    target.close();
    const again = CodebookFolder.open(target.path, 'read');
    expect(content(again)).toEqual(content(target));
    expect(again.codebook.entries.slice(0, source.codebook.entries.length)).toEqual(source.codebook.entries);
  });

  it('keep an edit that is damaged where it comes from damaged', () => {
    const folder = exampleCodebook();
    rmSync(path.join(folder.path, 'vectors', folder.edits[0]!.record.vectors));
    folder.close();
    const damaged = CodebookFolder.open(folder.path, 'read');
    const twin = createFromExport(exported(damaged), temporaryFolder());
    expect(twin.edits).toEqual(damaged.edits);
    expect(twin.edits[0]!.state).toBe('damaged');
    expect(twin.codebook.entries).toEqual(damaged.codebook.entries);
  });

  it('take some edits alone, with all that was said of them', () => {
    const folder = exampleCodebook();
    folder.annotate(6, { title: 'six', tags: ['a'] });
    folder.setRadius(4, 0.125);
    const file = fileIn(temporaryFolder());
    exportCodebook(partOf(folder, [4, 6, 7]), file);
    const twin = createFromExport(file, temporaryFolder());
    expect(twin.edits.map(({ record, state, title, radius }) => [record.edit, state, title, radius])).toEqual([
      [4, 'live', '', 0.125],
      [6, 'disabled', 'six', 1],
      [7, 'reverted', '', 1],
    ]);
    expect(twin.codebook.entries).toMatchObject([{ radius: 0.125, valueFrom: 4 }]);
    expect(codeOf(() => partOf(folder, [4, 99]))).toBe('edit-unknown');
    importInto(folder, file);
    expect(folder.edits.slice(7).map(({ record, title }) => [record.edit, title])).toEqual([[8, ''], [9, 'six'], [10, '']]); // prettier-ignore
  });

  it('carry an empty codebook, too', () => {
    const twin = createFromExport(exported(CodebookFolder.create(temporaryFolder(), MANIFEST)), temporaryFolder());
    expect(twin.edits).toEqual([]);
  });

  it('are refused for another model, before anything is written', () => {
    const other = CodebookFolder.create(temporaryFolder(), {
      ...MANIFEST,
      model: { ...MANIFEST.model, fingerprint: 'beef' },
    });
    const file = exported(exampleCodebook());
    expect(
      codeOf(() => {
        importInto(other, file);
      }),
    ).toBe('codebook-mismatch');
    expect(other.edits).toEqual([]);
    other.close();
    expect(codeOf(() => createFromExport(file, other.path))).toBe('bad-argument');
  });
});

describe('a hostile import', () => {
  const sound = () => decodeSafetensors(readFileSync(exported(exampleCodebook())));
  const journal = (change: (records: Record<string, unknown>[]) => unknown): string => {
    const { records } = JSON.parse(sound().metadata['journal']!) as { records: Record<string, unknown>[] };
    return JSON.stringify({ records: change(records) });
  };

  const nothing = new Map<string, null>();
  interface Change {
    readonly metadata?: Readonly<Record<string, string | (() => string)>>;
    readonly tensors?: ReadonlyMap<string, ArrayTensor | null>;
  }

  const cases: readonly (readonly [string, Change])[] = [
    ['no journal', { metadata: { journal: '' } }],
    ['a journal that is no JSON', { metadata: { journal: '{"records":[' } }],
    ['a journal of something else', { metadata: { journal: '{"records":[{"op":"edit"}]}' } }],
    [
      'a path for a name',
      { metadata: { journal: () => journal((records) => [{ ...records[0], vectors: '../../../etc/passwd' }]) } },
    ],
    ['an edit twice', { metadata: { journal: () => journal((records) => [...records, records[0]]) } }],
    [
      'a word on an unknown edit',
      { metadata: { journal: () => journal((records) => [...records, { ...records.at(-1), edit: 77 }]) } },
    ],
    ['deep nesting', { metadata: { journal: `{"records":${'['.repeat(10_000)}${']'.repeat(10_000)}}` } }],
    ['no identity', { metadata: { codebook: '{}' } }],
    [
      'other lengths',
      { metadata: { codebook: JSON.stringify({ ...MANIFEST, dIn: 3, created: '2025-03-01T12:00:00Z' }) } },
    ],
    ['another format', { metadata: { format: 'pt' } }],
    ['no radii', { tensors: new Map([['radii', null]]) }],
    ['other radii', { tensors: new Map([['radii', { shape: [3], data: Float64Array.of(1, 1, 1) }]]) }],
    ['a missing key', { tensors: new Map([['edit.2.key.1', null]]) }],
    [
      'a key of another length',
      { tensors: new Map([['edit.2.key.1', { shape: [3], data: Float32Array.of(1, 2, 3) }]]) },
    ],
    [
      'a key that is not finite',
      { tensors: new Map([['edit.2.key.1', { shape: [2], data: Float32Array.of(1, NaN) }]]) },
    ],
  ];

  it.each(cases)('is refused with %s', (_, { metadata = {}, tensors = nothing }) => {
    const file = sound();
    const texts = Object.fromEntries(
      Object.entries(metadata).map(([name, text]) => [name, typeof text === 'string' ? text : text()]),
    );
    const changed = new Map(
      [...new Map([...file.tensors, ...tensors])].flatMap(([name, tensor]) =>
        tensor ? [[name, tensor] as const] : [],
      ),
    );
    const place = fileIn(temporaryFolder());
    writeFileSync(
      place,
      Buffer.concat([...encodeSafetensors({ tensors: changed, metadata: { ...file.metadata, ...texts } })]),
    );
    const folder = path.join(temporaryFolder(), 'new');
    expect(errorOf(() => createFromExport(place, folder))).toMatchObject({ code: 'bad-input-file' });
    expect(() => statSync(folder)).toThrow();
  });

  it('is refused when it is cut off, missing, a folder, or enormous', () => {
    const folder = temporaryFolder();
    const place = exported(exampleCodebook());
    const bytes = readFileSync(place);
    for (let length = 0; length < bytes.length; length += 101) {
      writeFileSync(place, bytes.subarray(0, length));
      expect(codeOf(() => createFromExport(place, path.join(folder, 'new')))).toBe('bad-input-file');
    }
    expect(codeOf(() => createFromExport(path.join(folder, 'none'), path.join(folder, 'new')))).toBe('bad-argument');
    expect(codeOf(() => createFromExport(folder, path.join(folder, 'new')))).toBe('bad-input-file');
    truncateSync(place, 2 ** 32);
    expect(codeOf(() => createFromExport(place, path.join(folder, 'new')))).toBe('bad-input-file');
  });

  it('says which version it does not read', () => {
    const file = sound();
    const place = fileIn(temporaryFolder());
    writeFileSync(
      place,
      Buffer.concat([...encodeSafetensors({ ...file, metadata: { ...file.metadata, version: '2' } })]),
    );
    expect(codeOf(() => createFromExport(place, temporaryFolder()))).toBe('codebook-mismatch');
  });
});

it('writes a codebook for people to read', () => {
  const folder = exampleCodebook();
  const file = path.join(temporaryFolder(), 'book.json');
  exportReadable(partOf(folder), file);
  const { codebook, entries, edits } = JSON.parse(readFileSync(file, 'utf8')) as ReadableCodebook;
  expect(codebook).toEqual(folder.manifest);
  expect(entries.map(({ radius }) => radius)).toEqual(folder.codebook.entries.map(({ radius }) => radius));
  expect(entries[0]).toMatchObject({
    entry: 0,
    edit: 3,
    label: [1],
    target: 'label 1',
    members: [
      { edit: 1, key: 0 },
      { edit: 3, key: 0 },
    ],
  });
  expect(edits.map(({ edit, state }) => [edit, state])).toEqual(
    folder.edits.map(({ record, state }) => [record.edit, state]),
  );
  expect(edits[1]!.keys.map(({ distance }) => distance)).toEqual([0, 0.25, 0]);
  expect(edits[6]!.keys).toEqual([]);
});
