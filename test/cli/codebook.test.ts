import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import { ended, expectRefusal, grace, run, start, temporaryFolder, writeLines } from './grace.ts';
import * as shapes from './shapes.ts';
import { writeGpt2, writeLlama } from './tiny-models.ts';

const place = temporaryFolder();
const GPT2 = writeGpt2(path.join(place, 'gpt2'));
const LLAMA = writeLlama(path.join(place, 'llama'));
const book = path.join(place, 'codebook');
const PROMPT = 'Who was the first';

const asking = (command: 'generate' | 'decide', folder: string, model = GPT2): readonly string[] => [
  command,
  ...['--model', model, '--codebook', folder, '--prompt', PROMPT],
];
const editing = (folder: string, model = GPT2): readonly string[] => [
  'edit',
  ...['--model', model, '--codebook', folder, '--prompt', PROMPT, '--target', 'me'],
];
const copies = { made: 0 };
const copy = (): string => {
  const folder = path.join(place, `copy-${++copies.made}`);
  cpSync(book, folder, { recursive: true });
  return folder;
};

beforeAll(async () => {
  expect(await grace(shapes.editResult, editing(book))).toMatchObject({ edit: 1, success: true });
});

describe('an edit that is refused', () => {
  it('leaves no new codebook behind', async () => {
    const folder = path.join(place, 'unused');
    const long = 'word '.repeat(100);
    await expectRefusal('context-exceeded', ['edit', '--model', GPT2, '--codebook', folder, '--prompt', long, '--target', 'me']); // prettier-ignore
    expect(readdirSync(place)).not.toContain('unused');
  });
});

describe('what is no codebook', () => {
  it.each(['none', 'empty'])('is refused for reading and not made: %s', async (name) => {
    const folder = path.join(place, name);
    if (name === 'empty') mkdirSync(folder);
    await expectRefusal('bad-argument', asking('generate', folder), /no codebook in/);
    await expectRefusal('bad-argument', asking('decide', folder), /no codebook in/);
    for (const command of [['edits'], ['show', '1'], ['revert', '1'], ['export', '--out', path.join(place, 'x')]])
      await expectRefusal('bad-argument', [...command, '--codebook', folder], /no codebook in/);
    if (name === 'empty') expect(readdirSync(folder)).toEqual([]);
  });

  it('is not made where other files are', async () => {
    const project = path.join(place, 'project');
    mkdirSync(project);
    writeFileSync(path.join(project, '.gitignore'), 'node_modules\n');
    writeFileSync(path.join(project, 'main.py'), '');
    await expectRefusal('bad-argument', editing(project), /holds other files, such as main.py/);
    expect(readdirSync(project).sort()).toEqual(['.gitignore', 'main.py']);
    await expectRefusal('bad-argument', editing(path.join(project, 'main.py')), /main.py/);
  });

  it.runIf(process.platform === 'linux')('is not made where the system lets nobody make a folder', async () => {
    for (const folder of ['/proc/codebook', '/proc/self/a/b'])
      await expectRefusal('bad-argument', editing(folder), /cannot be used/);
  });

  it('is made with the folders on the way', async () => {
    await grace(shapes.editResult, editing(path.join(place, 'deep', 'er', 'codebook')));
  });

  it('may be made beside hidden files, which stay as they are', async () => {
    const folder = path.join(place, 'repository');
    mkdirSync(path.join(folder, '.git'), { recursive: true });
    writeFileSync(path.join(folder, '.gitignore'), 'mine\n');
    await grace(shapes.editResult, editing(folder));
    expect(readFileSync(path.join(folder, '.gitignore'), 'utf8')).toBe('mine\n');
  });
});

describe('a codebook for something else', () => {
  it('is refused with both fingerprints', async () => {
    const fingerprints = await Promise.all(
      [GPT2, LLAMA].map(
        async (model) => (await grace(shapes.modelDescription, ['inspect', '--model', model])).fingerprint,
      ),
    );
    const both = new RegExp(fingerprints.join('.*not '));
    for (const args of [asking('generate', book, LLAMA), asking('decide', book, LLAMA), editing(book, LLAMA)])
      await expectRefusal('codebook-mismatch', args, both);
  });

  it('is refused with both hook points', async () => {
    for (const args of [asking('generate', book), editing(book)])
      await expectRefusal('codebook-mismatch', [...args, '--hook', 'transformer.h.0'], /transformer.h.1, not transformer.h.0/); // prettier-ignore
  });
});

describe('a damaged codebook', () => {
  it.each<[string, string, RegExp]>([
    ['no JSON', '{', /is not JSON/],
    ['another file', '{"name": "x"}', /not the description of a codebook/],
  ])('is refused: codebook.json is %s', async (_, content, says) => {
    const folder = copy();
    writeFileSync(path.join(folder, 'codebook.json'), content);
    for (const args of [['edits', '--codebook', folder], asking('decide', folder), editing(folder)])
      await expectRefusal('codebook-damaged', args, says);
  });

  it('of another version is refused', async () => {
    const folder = copy();
    const file = path.join(folder, 'codebook.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version": 1', '"version": 2'));
    await expectRefusal('codebook-mismatch', ['edits', '--codebook', folder], /version 2/);
  });

  it('without its journal is refused', async () => {
    const folder = copy();
    rmSync(path.join(folder, 'edits.jsonl'));
    await expectRefusal('codebook-damaged', asking('generate', folder), /edits.jsonl is missing/);
  });

  it('loses the edit whose vectors are gone, and says so on stderr and in the document', async () => {
    const folder = copy();
    rmSync(path.join(folder, 'vectors'), { recursive: true });
    const { stderr, exit } = await run('edits', '--codebook', folder);
    expect({ stderr, exit }).toEqual({
      exit: 0,
      stderr: expect.stringMatching(/^codebook: Edit 1 is left out\./) as string,
    });
    const listed = await grace(shapes.editList, ['edits', '--codebook', folder]);
    expect(listed).toMatchObject({ edits: [{ state: 'damaged' }], codebook: { live: 0, notices: { length: 1 } } });
    expect(await grace(shapes.decision, asking('decide', folder))).toMatchObject({ fired: false });
  });

  it('is mended where its last line was torn', async () => {
    const folder = copy();
    appendFileSync(path.join(folder, 'edits.jsonl'), '{"op":"edit","edi');
    const listed = await grace(shapes.editList, ['edits', '--codebook', folder]);
    expect(listed).toMatchObject({ edits: { length: 1 }, codebook: { notices: [expect.stringMatching(/last line/)] } });
    expect(await grace(shapes.editResult, editing(folder))).toMatchObject({ edit: 2 });
    expect((await grace(shapes.editList, ['edits', '--codebook', folder])).codebook.notices).toEqual([]);
  });
});

describe('a codebook that is being written', () => {
  it('is refused to other writers by name of the process, and open to readers', async () => {
    const folder = copy();
    const lines = Array.from({ length: 500 }, (_, at) => ({
      prompt: `Number ${at} is`,
      target: `the number of ${at}`,
    }));
    const file = writeLines(path.join(place, 'long.jsonl'), lines);
    const report = path.join(place, 'long-report.jsonl');
    const writer = start('batch', '--model', GPT2, '--codebook', folder, '--file', file, '--report', report, '--json');
    await expect
      .poll(() => readFileSync(report, { encoding: 'utf8', flag: 'a+' }), { timeout: 60_000 })
      .toContain('\n');
    const says = new RegExp(`open for writing in process ${writer.pid}`);
    for (const args of [editing(folder), ['disable', '1', '--codebook', folder]])
      await expectRefusal('codebook-locked', args, says);
    expect(await grace(shapes.decision, asking('decide', folder))).toMatchObject({ fired: true });
    expect((await grace(shapes.editList, ['edits', '--codebook', folder])).edits.length).toBeGreaterThan(1);
    writer.kill('SIGINT');
    expect(await ended(writer)).toBe(1);
    await grace(shapes.switchResult, ['disable', '1', '--codebook', folder]);
  });
});

describe('export and import', () => {
  const exporting = (out: string, ...options: readonly string[]): readonly string[] => [
    'export',
    ...['--codebook', book, '--out', out, ...options],
  ];
  const importing = (from: string): readonly string[] => [
    'import',
    ...['--codebook', path.join(place, 'imported'), '--from', from],
  ];

  it('write only to a file of its own', async () => {
    await expectRefusal('bad-argument', exporting(path.join(place, 'none', 'x')), /cannot be used/);
    await expectRefusal('bad-argument', exporting(place), /is not a file/);
    await expectRefusal('bad-argument', exporting('/dev/null'), /is not a file/);
    for (const name of ['codebook.json', 'new', 'vectors/new'])
      await expectRefusal(
        'bad-argument',
        exporting(path.join(book, name), '--format', 'json'),
        /folder of the codebook/,
      );
    await expectRefusal('bad-argument', exporting(path.join(place, 'x'), '--format', 'xml'), /--format/);
    await expectRefusal('bad-argument', exporting(''), /--out.*empty/);
    expect(await grace(shapes.editList, ['edits', '--codebook', book])).toMatchObject({ edits: { length: 1 } });
  });

  it('take nothing but an export', async () => {
    const random = path.join(place, 'random');
    writeFileSync(random, Buffer.alloc(5000, 'random'));
    await expectRefusal('bad-argument', importing(path.join(place, 'none')), /cannot be used/);
    await expectRefusal('bad-input-file', importing(place), /is not a file/);
    await expectRefusal('bad-input-file', importing(random), /not a sound safetensors/);
    await expectRefusal('bad-input-file', importing(path.join(GPT2, 'model.safetensors')), /no sound export/);
    await expectRefusal('bad-input-file', importing(path.join(GPT2, 'config.json')), /not a sound safetensors/);
    const json = path.join(place, 'readable.json');
    await grace(shapes.exportResult, exporting(json, '--format', 'json'));
    await expectRefusal('bad-input-file', importing(json), /not a sound safetensors/);
    expect(readdirSync(place)).not.toContain('imported');
  });

  it('append to a codebook for the same, and not for another', async () => {
    const file = path.join(place, 'export.safetensors');
    await grace(shapes.exportResult, exporting(file));
    const folder = copy();
    const imported = await grace(shapes.importResult, ['import', '--codebook', folder, '--from', file]);
    expect(imported).toEqual({ codebook: folder, imported: 1, edits: 2, live: 2 });
    const other = path.join(place, 'other');
    await grace(shapes.editResult, editing(other, LLAMA));
    await expectRefusal('codebook-mismatch', ['import', '--codebook', other, '--from', file], /fingerprint/);
  });
});

describe('merge, annotate and radius', () => {
  it('take in what is not here yet, and say what disagrees', async () => {
    const [folder, other] = [copy(), copy()];
    await grace(shapes.editResult, [...editing(other).slice(0, -1), 'you']);
    const merging = ['merge', '--codebook', folder, '--from', other];
    const planned = await grace(shapes.mergeResult, [...merging, '--dry-run']);
    expect(planned).toMatchObject({ taken: 1, same: 1, dryRun: true, codebook: { edits: 1 } });
    expect(planned.conflicts).toMatchObject([{ edit: 2, target: 'you', action: 'update', with: [1] }]);
    const { stdout } = await run(...merging);
    expect(stdout).toBe(
      `1 edits were taken in, 1 are here already, 1 disagree with edits here:\n  edit 2 there (${PROMPT} → you): update, with 1 here\n`,
    );
    expect(await grace(shapes.decision, asking('decide', folder))).toMatchObject({ edit: 2 });
    await expectRefusal('bad-argument', ['merge', '--codebook', folder, '--from', path.join(place, 'none')]);
  });

  it('keep what people say of an edit, and show it', async () => {
    const folder = copy();
    const at = ['--codebook', folder];
    await grace(shapes.editDetails, ['annotate', '1', ...at, '--title', 'The first', '--tag', 'a', '--tag', 'b']);
    const details = await grace(shapes.editDetails, ['annotate', '1', ...at, '--note', 'seen']);
    expect(details).toMatchObject({ title: 'The first', note: 'seen', tags: ['a', 'b'] });
    const wide = await grace(shapes.editDetails, ['radius', '1', '9', ...at]);
    expect(wide).toMatchObject({ radius: 9, firstRadius: details.radius, entries: [{ radius: 9 }] });
    expect((await run('edits', ...at)).stdout).toContain(`The first: ${PROMPT} → me #a #b\n`);
    expect((await run('show', '1', ...at)).stdout).toMatch(/title {6}The first\ntags {7}a, b\nnote {7}seen\n[^]*radius 9 \(made with /); // prettier-ignore
    await expectRefusal('bad-argument', ['annotate', '1', ...at], /nothing to say/);
    await expectRefusal('bad-argument', ['radius', '1', '-1', ...at]);
    await expectRefusal('edit-unknown', ['annotate', '7', ...at, '--title', 'x'], /no edit 7/);
  });
});
