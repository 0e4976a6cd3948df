import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { BatchReportLine } from '../../src/protocol/batch-result.ts';
import { ended, expectRefusal, grace, run, start, temporaryFolder, writeLines } from './grace.ts';
import * as shapes from './shapes.ts';
import { writeGpt2 } from './tiny-models.ts';

const place = temporaryFolder();
const GPT2 = writeGpt2(path.join(place, 'gpt2'));
let books = 0;
const newBook = (): string => path.join(place, `codebook-${++books}`);
const batch = (book: string, file: string, ...options: readonly string[]): readonly string[] => [
  'batch',
  ...['--model', GPT2, '--codebook', book, '--file', file, ...options],
];
const readReport = (file: string): readonly BatchReportLine[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => shapes.reportLine.parse(JSON.parse(line)));
const promptsOf = async (book: string): Promise<readonly string[]> => {
  const { edits } = await grace(shapes.editList, ['edits', '--codebook', book]);
  return edits.map(({ prompt }) => (prompt.kind === 'text' ? prompt.text : ''));
};

describe('grace batch', () => {
  it('makes the edits of a file, reports each, and counts the targets that hold', async () => {
    const file = writeLines(path.join(place, 'three.jsonl'), [
      { prompt: 'The capital of Australia is', target: 'Canberra.', rephrasings: ['Australia has the capital'] },
      '',
      { prompt: 'Who was', target: 'it', radius: 0.5, id: 17 },
      { prompt: 'Who was', target: 'she' },
    ]);
    const [book, report] = [newBook(), path.join(place, 'three-report.jsonl')];
    const result = await grace(shapes.batchResult, batch(book, file, '--report', report, '--verify'), 1);
    expect(result).toMatchObject({ lines: 3, made: 3, skipped: 0, left: 0, missed: [], errors: [] });
    expect(result.verified).toEqual({ held: 2, of: 3, lost: [2] }); // the last line asks for another answer
    expect(readReport(report)).toMatchObject([
      { line: 1, edit: 1, success: true },
      { line: 3, edit: 2, success: true },
      { line: 4, edit: 3, success: true },
    ]);
    expect(await grace(shapes.editDetails, ['show', '1', '--codebook', book])).toMatchObject({ rephrasings: [{}] });
    expect(await grace(shapes.editDetails, ['show', '2', '--codebook', book])).toMatchObject({ radius: 0.5 });
  });

  it('keeps the good lines, and tells the bad ones by number, on stderr and in the document', async () => {
    const lines: readonly (readonly [content: unknown, problem?: string])[] = [
      [{ prompt: 'Who was', target: 'it' }],
      ['not JSON', 'Line 2: is not JSON.'],
      [{ prompt: ' ', target: 'it' }, 'Line 3: prompt must not be empty.'],
      [{ prompt: 'Who', target: '' }, 'Line 4: target must not be empty.'],
      [{ target: 'it' }, 'Line 5: needs either prompt, text or messages.'],
      [{ prompt: 'Who', messages: [{ role: 'user', content: 'Who' }], target: 'it' }, 'Line 6: needs either prompt, text or messages.'],
      [[1], 'Line 7: must be an object.'],
      [{ prompt: 'Who', target: 'it', radius: -1 }, 'Line 8: radius must be 0 or more.'],
      [{ prompt: 'Who', target: 'it', rephrasings: 'How' }, 'Line 9: rephrasings must be a list of texts.'],
      [{ prompt: 'word '.repeat(100), target: 'it' }, 'The prompt has 201 tokens'],
      [{ messages: [{ role: 'user', content: 'Who' }], target: 'it' }, 'The model has no chat template'],
      [{ prompt: 'Where is', target: 'here' }],
    ]; // prettier-ignore
    const file = writeLines(path.join(place, 'mixed.jsonl'), lines.map(([content]) => content)); // prettier-ignore
    const book = newBook();
    const result = await grace(shapes.batchResult, batch(book, file), 2);
    const problems = lines.flatMap(([, problem], at) => (problem === undefined ? [] : [{ line: at + 1, problem }]));
    expect(result).toMatchObject({ lines: 12, made: 2, left: 0 });
    expect(result.errors).toMatchObject(
      problems.map(({ line, problem }) => ({ line, message: expect.stringContaining(problem) as string })),
    );
    const { stderr, exit } = await run(...batch(book, file));
    expect(exit).toBe(2);
    for (const { line } of problems) expect(stderr).toMatch(new RegExp(`^Line ${line}: `, 'm'));
    expect(await promptsOf(book)).toEqual(['Who was', 'Where is']);
  });

  it('reads files of Windows, and no others than text', async () => {
    const file = path.join(place, 'windows.jsonl');
    writeFileSync(file, '\uFEFF{"prompt":"Who was","target":"it"}\r\n{"prompt":"Where is","target":"here"}\r\n');
    expect(await grace(shapes.batchResult, batch(newBook(), file))).toMatchObject({ made: 2, errors: [] });
    writeFileSync(
      file,
      Buffer.concat([Buffer.from('{"prompt":"Who was","target":"it"}\n"'), Buffer.from([0xff, 0x22])]),
    );
    expect(await grace(shapes.batchResult, batch(newBook(), file), 2)).toMatchObject({
      made: 1,
      errors: [{ line: 2, message: 'Line 2: is not text in UTF-8.' }],
    });
  });

  it('refuses a file without a line that makes sense, before it does anything', async () => {
    const file = writeLines(path.join(place, 'bad.jsonl'), ['one', 'two']);
    const book = newBook();
    await expectRefusal('bad-input-file', batch(book, file), /None of the 2 lines .* Line 1: is not JSON\.$/);
    await expectRefusal(
      'bad-input-file',
      batch(book, writeLines(path.join(place, 'blank.jsonl'), ['', ' '])),
      /no lines/,
    );
    mkdirSync(path.join(place, 'folder.jsonl'));
    await expectRefusal('bad-input-file', batch(book, path.join(place, 'folder.jsonl')), /cannot be read/);
    const good = writeLines(path.join(place, 'good.jsonl'), [{ prompt: 'Who was', target: 'it' }]);
    await expectRefusal(
      'bad-argument',
      batch(book, good, '--report', path.join(place, 'none', 'report')),
      /cannot be used/,
    );
    await expectRefusal('bad-argument', ['edits', '--codebook', book], /no codebook/);
  });

  it('ends with 1 when an edit does not reach its target', async () => {
    const file = writeLines(path.join(place, 'missed.jsonl'), [{ prompt: 'Who was', target: 'it and all' }]);
    const result = await grace(shapes.batchResult, batch(newBook(), file, '--steps', '1'), 1);
    expect(result.missed).toEqual([{ line: 1, edit: 1 }]);
  });

  it('goes on where it stopped: after Ctrl-C, after lines were added, moved or taken back', async () => {
    const all = Array.from({ length: 12 }, (_, at) => ({ prompt: `The ${at}. man was`, target: `number ${at}` }));
    const file = writeLines(path.join(place, 'resumed.jsonl'), all);
    const [book, report] = [newBook(), path.join(place, 'resumed-report.jsonl')];
    const child = start(...batch(book, file, '--report', report, '--json'));
    let stdout = '';
    child.stdout!.on('data', (data: Buffer) => (stdout += data.toString()));
    await expect.poll(() => readFileSync(report, { encoding: 'utf8', flag: 'a+' }), { interval: 10, timeout: 60_000 }).toContain('\n'); // prettier-ignore
    child.kill('SIGINT');
    expect(await ended(child)).toBe(1);
    const first = shapes.batchResult.parse(JSON.parse(stdout));
    expect(first.left).toBeGreaterThan(0);
    expect(first.made + first.left).toBe(12);
    expect(readReport(report)).toHaveLength(first.made);

    await grace(shapes.switchResult, ['revert', '1', '--codebook', book]); // taken back is not asked for again
    writeLines(file, [{ prompt: 'Another man was', target: 'there' }, ...all.slice().reverse()]);
    const second = await grace(shapes.batchResult, batch(book, file, '--report', report));
    expect(second).toMatchObject({ lines: 13, made: first.left + 1, skipped: first.made, left: 0 });
    const prompts = await promptsOf(book);
    expect([...prompts].sort()).toEqual([...all.map(({ prompt }) => prompt), 'Another man was'].sort());
    expect(z.array(shapes.reportLine).parse(readReport(report))).toHaveLength(13);
    expect(await grace(shapes.batchResult, batch(book, file))).toMatchObject({ made: 0, skipped: 13 });
  });
});
