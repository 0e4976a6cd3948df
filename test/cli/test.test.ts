import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';

import type { CodebookTest } from '../../src/protocol/edit-test.ts';
import { expectRefusal, grace, run, temporaryFolder, writeLines } from './grace.ts';
import * as shapes from './shapes.ts';
import { writeGpt2 } from './tiny-models.ts';

const place = temporaryFolder();
const model = writeGpt2(path.join(place, 'gpt2'));
const book = path.join(place, 'book');
const both = ['--model', model, '--codebook', book];
const REPORT = path.join(place, 'junit.xml');

const test = (exit: number, ...options: readonly string[]): Promise<CodebookTest> =>
  grace(shapes.codebookTest, ['test', ...both, ...options], exit);
const outcomes = ({ edits }: CodebookTest): readonly string[] =>
  edits.flatMap(({ edit, outcome, prompts }) => [
    `${edit} ${outcome}`,
    ...prompts.map((prompt) => `${prompt.role} ${prompt.at} ${prompt.outcome}`),
  ]);

/** What a report has of a kind; it has to follow the schema. */
async function report(): Promise<{ readonly text: string; readonly count: (element: string) => number }> {
  const text = readFileSync(REPORT, 'utf8');
  const { valid, errors } = await validateXML({
    xml: [{ fileName: 'junit.xml', contents: text }],
    schema: [readFileSync('test/fixtures/junit/junit.xsd', 'utf8')],
  });
  expect(errors).toEqual([]);
  expect(valid).toBe(true);
  return { text, count: (element) => text.split(`<${element} `).length - 1 };
}

describe('grace test', () => {
  beforeAll(async () => {
    const file = writeLines(path.join(place, 'edits.jsonl'), [
      {
        prompt: 'The capital of Australia is',
        target: 'Canberra.',
        rephrasings: ['Australia has the capital'],
        probes: ['Who was the first', 'The <first> & "second"\u0007 \ud83d'],
      },
      { prompt: 'Who was', target: 'it', probes: ['Who was the first'] },
    ]);
    await grace(shapes.batchResult, ['batch', ...both, '--file', file]);
  });

  it('asks prompts, rephrasings and probes again, and ends with 0 when all hold', async () => {
    const result = await test(0, '--junit', REPORT);
    expect(result).toMatchObject({ passed: true, left: 0, faults: [], prompts: { held: 6, failed: 0, superseded: 0 } });
    expect(outcomes(result)).toEqual([
      ...['1 held', 'prompt 0 holds', 'rephrasing 0 holds', 'probe 0 holds', 'probe 1 holds'],
      ...['2 held', 'prompt 0 holds', 'probe 0 holds'],
    ]);
    expect(result.edits[0]!.prompts.map(({ decision }) => decision.edit)).toEqual([1, 1, null, null]);
    const { count, text } = await report();
    expect([count('testsuite'), count('testcase'), count('failure'), count('skipped')]).toEqual([2, 6, 0, 0]);
    expect(text).toContain('tests="6" failures="0" errors="0"');
    expect(text).toContain('probe 2: The &lt;first&gt; &amp; &quot;second&quot;\\x07 \u{fffd}');
  });

  it('ends with 1 when an edit reaches too far, and says which decision did it', async () => {
    const wide = ['--model', model, '--codebook', path.join(place, 'wide')];
    const asked = ['--prompt', 'Where is', '--target', 'here', '--probe', 'Who was the first'];
    await grace(shapes.editResult, ['edit', ...wide, ...asked]);
    await run('radius', '1', '1000', '--codebook', path.join(place, 'wide'));
    const result = await grace(shapes.codebookTest, ['test', ...wide, '--junit', REPORT], 1);
    expect(outcomes(result)).toEqual(['1 failed', 'prompt 0 holds', 'probe 0 fails']);
    const [, probe] = result.edits[0]!.prompts;
    expect(probe).toMatchObject({ output: ' here', decision: { fired: true, edit: 1, radius: 1000 } });
    const { count, text } = await report();
    expect(count('failure')).toBe(1);
    expect(text).toContain(`The model said:\n${probe!.output}\n\nEdit 1 fired (entry 0, `);
    const { stdout, exit } = await run('test', ...wide);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/failed {2}edit 1, probe 1: Who was the first\n- .*\n\+ here\n {2}Edit 1 fired/);
  });

  it('passes disabled edits over with a word, and tests those that are asked for alone', async () => {
    await grace(shapes.editResult, ['edit', ...both, '--prompt', 'Where is', '--target', 'here']);
    await run('disable', '3', '--codebook', book);
    expect(outcomes(await test(0, '--edit', '2', '--edit', '3'))).toEqual([
      ...['2 held', 'prompt 0 holds', 'probe 0 holds'],
      '3 skipped',
    ]);
    const { stdout, exit } = await run('test', ...both, '--junit', REPORT);
    expect(exit).toBe(0);
    expect(stdout).toContain('Skipped, being disabled: edit 3.');
    expect((await report()).text).toContain('<skipped message="The edit is disabled."/>');
    await run('revert', '3', '--codebook', book);
  });

  it('ends with 1 when files of the codebook are damaged', async () => {
    const journal = path.join(book, 'edits.jsonl');
    const sound = readFileSync(journal);
    appendFileSync(journal, '<<<<<<< ours\n');
    const result = await test(1, '--junit', REPORT);
    expect(result).toMatchObject({ passed: false, prompts: { failed: 0 } });
    expect(result.faults).toHaveLength(1);
    expect((await report()).text).toContain('<error message="Line ');
    writeFileSync(journal, sound);

    const { vectors } = await grace(shapes.editDetails, ['show', '2', '--codebook', book]);
    const name = readdirSync(path.join(book, 'vectors')).find((file) => file.startsWith(vectors.replace(/\..*/, '')))!;
    const kept = readFileSync(path.join(book, 'vectors', name));
    rmSync(path.join(book, 'vectors', name));
    expect(outcomes(await test(1, '--junit', REPORT))).toContain('2 damaged');
    expect((await report()).count('error')).toBe(2);
    writeFileSync(path.join(book, 'vectors', name), kept);
    expect((await test(0)).edits.map(({ edit }) => edit)).toEqual([1, 2]); // the third is reverted
  });

  it('ends with 2 for wrong use', async () => {
    await expectRefusal('edit-unknown', ['test', ...both, '--edit', '17'], /no edit 17/);
    await expectRefusal('bad-argument', ['test', ...both, '--edit', '3'], /was reverted/);
    await expectRefusal('bad-argument', ['test', ...both, '--edit', 'x'], /number of an edit/);
    const nowhere = path.join(place, 'nowhere', 'junit.xml');
    await expectRefusal('bad-argument', ['test', ...both, '--junit', nowhere], /no folder/);
    await expectRefusal('bad-argument', ['test', ...both, '--junit', place], /is a folder/);
    // A green report of before is not to be taken for one of tests that could not be run.
    writeFileSync(REPORT, '<testsuites/>');
    await expectRefusal('edit-unknown', ['test', ...both, '--edit', '17', '--junit', REPORT]);
    expect(existsSync(REPORT)).toBe(false);
    await expectRefusal('bad-argument', ['test', '--model', model, '--codebook', path.join(place, 'none')]);
    expect(existsSync(path.join(place, 'none'))).toBe(false);
  });
});
