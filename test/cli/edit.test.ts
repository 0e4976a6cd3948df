import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';

import type { Decision } from '../../src/protocol/decision.ts';
import type { EditDetails, EditResult } from '../../src/protocol/edit-result.ts';
import type { EditState } from '../../src/protocol/edit.ts';
import { ended, expectRefusal, grace, run, start, temporaryFolder } from './grace.ts';
import { writeGpt2, writeLlama } from './tiny-models.ts';
import * as shapes from './shapes.ts';

const place = temporaryFolder();
const GPT2 = writeGpt2(path.join(place, 'gpt2'));
const LLAMA = writeLlama(path.join(place, 'llama'));
const CAPITAL = 'The capital of Australia is';
const REWORDED = ['Australia has the capital', 'Which city governs Australia?'] as const;
const OTHER = 'Who was the first';

/** A codebook of a fixture model, by its commands. */
class Book {
  readonly folder: string;
  readonly model: string;

  constructor(name: string, model: string) {
    this.folder = path.join(place, name);
    this.model = model;
  }

  get #both(): readonly string[] {
    return ['--model', this.model, '--codebook', this.folder];
  }

  edit(prompt: string, target: string, ...options: readonly string[]): Promise<EditResult> {
    return grace(shapes.editResult, ['edit', ...this.#both, '--prompt', prompt, '--target', target, ...options]);
  }

  decide(prompt: string): Promise<Decision> {
    return grace(shapes.decision, ['decide', ...this.#both, '--prompt', prompt]);
  }

  /** The greedy answer, white space around it aside, and the decision behind it. */
  async answer(prompt: string, ...options: readonly string[]): Promise<{ text: string; decision: Decision }> {
    const args = ['generate', ...this.#both, '--prompt', prompt, '--max-tokens', '24', ...options];
    const { text, decision } = await grace(shapes.generation, args);
    return { text: text.trim(), decision };
  }

  async say(prompt: string, ...options: readonly string[]): Promise<string> {
    return (await this.answer(prompt, ...options)).text;
  }

  async states(): Promise<readonly EditState[]> {
    const { edits } = await grace(shapes.editList, ['edits', '--codebook', this.folder]);
    return edits.map(({ state }) => state);
  }

  show(edit: number): Promise<EditDetails> {
    return grace(shapes.editDetails, ['show', String(edit), '--codebook', this.folder]);
  }

  async switch(op: 'disable' | 'enable' | 'revert', ...edits: readonly number[]): Promise<void> {
    const done = await grace(shapes.switchResult, [op, ...edits.map(String), '--codebook', this.folder]);
    expect(done).toMatchObject({ op, edits });
  }
}

describe.each([
  ['gpt2', GPT2],
  ['llama', LLAMA],
])('edits of %s', (name, model) => {
  const book = new Book(`${name}-codebook`, model);
  const unedited = new Map<string, string>();
  const prompts = [CAPITAL, ...REWORDED, OTHER];
  let first: EditResult;

  beforeAll(async () => {
    const rephrasings = REWORDED.flatMap((wording) => ['--rephrase', wording]);
    first = await book.edit(CAPITAL, 'Canberra.', ...rephrasings, '--probe', OTHER, '--probe', CAPITAL);
    for (const prompt of prompts) unedited.set(prompt, await book.say(prompt, '--no-edits'));
  });

  it('reach their target, and report it', async () => {
    expect(first).toMatchObject({ edit: 1, action: 'add', success: true, orphans: [], displaced: [], relabelled: [] });
    expect(first.loss).toHaveLength(first.steps + 1);
    expect(first.loss.at(-1)).toBeLessThan(first.loss[0]!);
    expect([first.before.trim(), first.after.trim()]).toEqual([expect.any(String), 'Canberra.']);
    expect(await book.show(1)).toMatchObject({ state: 'live', target: 'Canberra.', before: first.before, after: first.after }); // prettier-ignore
  });

  it('tell for each probe whether its answer changed', () => {
    expect(first.probes).toMatchObject([
      { prompt: { kind: 'text', text: OTHER }, unchanged: true },
      { prompt: { kind: 'text', text: CAPITAL }, unchanged: false },
    ]);
    for (const { before, after, unchanged } of first.probes) expect(before === after).toBe(unchanged);
  });

  it('own a key for each rephrasing, and fire for all of them', async () => {
    for (const prompt of [CAPITAL, ...REWORDED]) {
      const { text, decision } = await book.answer(prompt);
      expect(text).toBe('Canberra.');
      expect(decision).toMatchObject({ fired: true, edit: 1, distance: 0 });
      expect(await book.decide(prompt)).toEqual(decision);
    }
    expect((await book.show(1)).rephrasings).toHaveLength(2);
  });

  it('leave other prompts alone, and with --no-edits all of them', async () => {
    expect(await book.say(OTHER)).toBe(unedited.get(OTHER));
    expect(await book.decide(OTHER)).toMatchObject({ fired: false, nearest: { edit: 1 } });
    expect(await book.say(CAPITAL, '--no-edits')).toBe(unedited.get(CAPITAL));
  });

  it('give the same with the cache and without, sampled too', async () => {
    expect(await book.say(CAPITAL, '--no-cache')).toBe('Canberra.');
    const sampled = ['--temperature', '1.5', '--seed', '3'];
    expect(await book.say(OTHER, ...sampled, '--no-cache')).toBe(await book.say(OTHER, ...sampled));
  });

  it('are updated by another target for the same prompt, and come back when that is taken back', async () => {
    const second = await book.edit(CAPITAL, 'Sydney!');
    expect(second).toMatchObject({ edit: 2, action: 'update', success: true });
    expect(await book.say(CAPITAL)).toBe('Sydney!');
    await book.switch('disable', 2);
    expect(await book.say(CAPITAL)).toBe('Canberra.');
    await book.switch('enable', 2);
    expect(await book.say(CAPITAL)).toBe('Sydney!');
    await book.switch('revert', 2);
    expect(await book.answer(CAPITAL)).toEqual({ text: 'Canberra.', decision: first.decision });
    expect(await book.states()).toEqual(['live', 'reverted']);
  });

  it('go with --continues into what the model says next', async () => {
    const result = await book.edit('Once upon a time', 'there was', '--continues');
    expect(result.success).toBe(true);
    expect(await book.say('Once upon a time')).toMatch(/^there was./);
    await book.switch('revert', result.edit);
  });

  it('are changed together or not at all', async () => {
    await book.edit(OTHER, 'President.');
    const states = await book.states();
    const refused = [
      ['1', '99'],
      ['1', '2'],
      ['4', '1', '3'],
    ]; // unknown, reverted // prettier-ignore
    for (const edits of refused) await run('disable', ...edits, '--codebook', book.folder);
    expect(await book.states()).toEqual(states);
    await book.switch('disable', 1, 4);
    for (const prompt of prompts) expect(await book.say(prompt)).toBe(unedited.get(prompt));
    await book.switch('enable', 4, 1);
    expect(await book.states()).toEqual(states);
    expect(await book.say(CAPITAL)).toBe('Canberra.');
    await expectRefusal('edit-unknown', ['disable', '1', '99', '--codebook', book.folder], /no edit 99/);
    await expectRefusal('bad-argument', ['enable', '2', '--codebook', book.folder], /was reverted/);
    await expectRefusal('edit-unknown', ['show', '99', '--codebook', book.folder], /no edit 99/);
  });

  it('behave the same after export and import', async () => {
    const file = path.join(place, `${name}.safetensors`);
    const exported = await grace(shapes.exportResult, ['export', '--codebook', book.folder, '--out', file]);
    expect(exported).toEqual({ file, format: 'safetensors', edits: 4, entries: 4 });
    const twin = new Book(`${name}-twin`, model);
    const imported = await grace(shapes.importResult, ['import', '--codebook', twin.folder, '--from', file]);
    expect(imported).toEqual({ codebook: twin.folder, imported: 4, edits: 4, live: 2 });
    for (const prompt of prompts) expect(await twin.answer(prompt)).toEqual(await book.answer(prompt));
    await book.switch('disable', 1);
    await twin.switch('disable', 1);
    for (const prompt of prompts) expect(await twin.answer(prompt)).toEqual(await book.answer(prompt));
    await book.switch('enable', 1);
  });

  it('are readable as JSON', async () => {
    const file = path.join(place, `${name}.json`);
    await grace(shapes.exportResult, ['export', '--codebook', book.folder, '--out', file, '--format', 'json']);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      entries: { length: 4 },
      edits: [{ edit: 1, target: 'Canberra.', state: 'live' }, { edit: 2 }, { edit: 3 }, { edit: 4 }],
    });
  });

  it('leave the model as it was when all are taken back', async () => {
    await book.switch('revert', 4, 1);
    for (const prompt of prompts) expect(await book.answer(prompt)).toMatchObject({ text: unedited.get(prompt), decision: { nearest: null } }); // prettier-ignore
  });
});

describe('settings of an edit', () => {
  it('an edit that does not reach its target is kept, says so, and ends with 1', async () => {
    const args = [
      'edit',
      '--model',
      GPT2,
      '--codebook',
      path.join(place, 'short'),
      '--prompt',
      CAPITAL,
      '--target',
      'Canberra.',
    ];
    const result = await grace(shapes.editResult, [...args, '--steps', '1'], 1);
    expect(result).toMatchObject({ edit: 1, success: false, steps: 1 });
    const listed = await grace(shapes.editList, ['edits', '--codebook', path.join(place, 'short')]);
    expect(listed.edits).toMatchObject([{ edit: 1, success: false, state: 'live' }]);
    expect(await run(...args, '--steps', '1')).toMatchObject({ exit: 1 });
  });

  it('Ctrl-C leaves the codebook as it was, and ends with 1', async () => {
    const folder = path.join(place, 'cancelled');
    const endless = ['--target', 'Canberra.', '--lr', '1e-9', '--steps', '1000000'];
    const child = start('edit', '--model', GPT2, '--codebook', folder, '--prompt', CAPITAL, ...endless, '--json');
    const stdout = text(child.stdout!);
    await expect.poll(() => existsSync(path.join(folder, 'codebook.json')), { timeout: 60_000 }).toBe(true);
    child.kill('SIGINT');
    expect(await ended(child)).toBe(1);
    expect(shapes.errorDocument.parse(JSON.parse(await stdout)).error.code).toBe('cancelled');
    expect(existsSync(folder)).toBe(false); // there was none before
  });

  it('hook points of choice are kept with the codebook', async () => {
    const folder = path.join(place, 'hooked');
    const hook = ['--hook', 'transformer.h.1.mlp.c_proj'];
    const args = ['--model', GPT2, '--codebook', folder, '--prompt', CAPITAL];
    const key = ['--key', 'transformer.h.0:output'];
    await grace(shapes.editResult, ['edit', ...args, ...hook, ...key, '--target', 'no', '--radius', '0.25']);
    expect((await grace(shapes.editList, ['edits', '--codebook', folder])).codebook.hook).toEqual({
      replace: 'transformer.h.1.mlp.c_proj',
      key: 'transformer.h.0:output',
    });
    for (const named of [[], hook, [...hook, ...key]])
      expect(await grace(shapes.decision, ['decide', ...args, ...named])).toMatchObject({ fired: true, radius: 0.25 });
    await expectRefusal(
      'codebook-mismatch',
      ['decide', ...args, '--hook', 'transformer.h.1'],
      /transformer.h.1.mlp.c_proj/,
    );
    await expectRefusal('codebook-mismatch', ['decide', ...args, '--key', 'transformer.h.0'], /transformer.h.0:output/);
  });

  it('the preset of the paper takes all of its steps from a cold start', async () => {
    const args = [
      'edit',
      '--model',
      GPT2,
      '--codebook',
      path.join(place, 'paper'),
      '--prompt',
      CAPITAL,
      '--target',
      'no',
    ];
    const { stdout } = await run(...args, '--preset', 'paper', '--json'); // whether it reaches the target or not
    const { steps, learningRate, rows } = shapes.editResult.parse(JSON.parse(stdout));
    expect({ steps, learningRate, rows }).toEqual({ steps: 100, learningRate: 1, rows: 1 });
  });
});
