import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { requireFixtures } from '../support/fixtures.ts';
import { expectRefusal, grace, run, temporaryFolder, writeLines } from './grace.ts';
import {
  batchResult,
  classification,
  decision,
  editDetails,
  editList,
  editResult,
  generation,
  modelDescription,
  score,
} from './shapes.ts';

const place = temporaryFolder();
const model = (name: string): string => path.join(requireFixtures(), name);
const codebook = (name: string): string => path.join(place, name);
const PROMPT = 'do i need milk at the store';

describe('a classifier', () => {
  const asked = ['--model', model('bert'), '--prompt', PROMPT];
  const editing = [...asked, '--codebook', codebook('bert')];

  it('tells its classes by name, and how likely each is', async () => {
    const described = await grace(modelDescription, ['inspect', '--model', model('bert')]);
    expect(described).toMatchObject({ kind: 'classifier', labels: ['class_0', 'class_1', 'class_2', 'class_3'] });
    const { label, classes } = await grace(classification, ['generate', ...asked]);
    expect(label).toBe(classes[0]!.label);
    expect(classes.map(({ id }) => id).sort()).toEqual([0, 1, 2, 3]);
    expect(classes.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 5);
    const scored = await grace(score, ['score', ...asked, '--target', '2']);
    expect(scored.logprob).toBeCloseTo(classes.find(({ id }) => id === 2)!.logprob, 5);
    expect((await run('generate', ...asked)).stdout).toMatch(/class_\d +█+ +\d+\.\d %/);
  });

  it('is taught another class by its name, whatever it was called', async () => {
    const before = await grace(classification, ['generate', ...asked]);
    const { id, label } = before.classes.at(-1)!;
    const result = await grace(editResult, ['edit', ...editing, '--target', String(id), '--probe', 'hello there']);
    expect(result).toMatchObject({ success: true, before: before.label, after: label, probes: [{ unchanged: true }] });
    const after = await grace(classification, ['generate', ...editing]);
    expect(after).toMatchObject({ label, decision: { fired: true, edit: 1 } });
    const unedited = await grace(classification, ['generate', ...editing, '--no-edits']);
    expect(unedited).toMatchObject({ label: before.label, classes: before.classes, decision: { fired: false } });
    expect(await grace(editDetails, ['show', '1', '--codebook', codebook('bert')])).toMatchObject({
      target: label,
      label: [id],
    });
    await expectRefusal('bad-argument', ['edit', ...editing, '--target', 'weather'], /no class called weather/);
  });

  it('takes a file of texts, pairs and labels, and refuses its other lines by number', async () => {
    const file = writeLines(path.join(place, 'labels.jsonl'), [
      { text: 'what is the date', label: 1 },
      { text: 'hello there', pair: 'and you', label: 'CLASS_3' },
      { text: 'hello there', label: 'weather' },
      { text: 'both', target: 'class_1', label: 'class_1' },
    ]);
    const args = ['batch', '--model', model('bert'), '--codebook', codebook('batch'), '--file', file];
    const result = await grace(batchResult, [...args, '--verify'], 2);
    expect(result).toMatchObject({ made: 2, verified: { held: 2, of: 2 } });
    expect(result.errors.map(({ line }) => line).sort()).toEqual([3, 4]);
    const { edits } = await grace(editList, ['edits', '--codebook', codebook('batch')]);
    expect(edits.map(({ target }) => target)).toEqual(['class_1', 'class_3']);
    expect(edits[1]!.prompt).toEqual({ kind: 'text', text: 'hello there', pair: 'and you' });
  });

  it('has a codebook for each position that keys are read at', async () => {
    const key = 'bert.encoder.layer.1.output.dense:input@last';
    const hooks = ['--hook', 'bert.encoder.layer.1.output.dense', '--key', key];
    const args = [...asked, '--codebook', codebook('last')];
    await grace(editResult, ['edit', ...args, ...hooks, '--target', 'class_1', '--replace', 'replace_all']);
    const list = await grace(editList, ['edits', '--codebook', codebook('last')]);
    expect(list.codebook.hook.key).toBe(key);
    expect(await grace(decision, ['decide', ...args])).toMatchObject({ fired: true, distance: 0 });
    const first = ['--key', 'bert.encoder.layer.1.output.dense:input'];
    await expectRefusal('codebook-mismatch', ['decide', ...args, ...first], /key hook point/);
    await expectRefusal('hook-unknown', ['generate', ...asked, '--key', 'bert.encoder.layer.1:input@mask'], /position/);
  });
});

describe('an encoder with a decoder', () => {
  const asked = ['--model', model('t5'), '--prompt', "Who was Anne de Gaulle's mother?"];

  it('answers the same with its caches and without', async () => {
    const [cached, anew] = [await grace(generation, ['generate', ...asked]), await grace(generation, ['generate', ...asked, '--no-cache'])]; // prettier-ignore
    expect(cached.tokens.map(({ id }) => id)).toEqual(anew.tokens.map(({ id }) => id));
    expect(await grace(modelDescription, ['inspect', '--model', model('t5')])).toMatchObject({
      kind: 'encoder-decoder',
    });
  });

  it.each(['encoder.block.1', 'decoder.block.0'])('is edited at %s', async (hook) => {
    const args = [...asked, '--codebook', codebook(hook), '--hook', hook];
    // Whether weights drawn at random can be taught a word is luck; that what was taught is found again is not.
    const ran = await run('edit', ...args, '--target', 'Gaulle', '--json');
    const { after, decision: fired } = editResult.parse(JSON.parse(ran.stdout));
    expect(fired).toMatchObject({ fired: true, edit: 1 });
    const said = await grace(generation, ['generate', ...args, '--max-tokens', '48']);
    expect(said.text).toBe(after);
    await expectRefusal('bad-argument', ['generate', ...args, '--pair', 'a second text'], /one text/);
  });
});
