import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Engine } from '../../../src/engine/engine.ts';
import { GREEDY } from '../../../src/engine/generation/sampler.ts';
import type { EditRequest } from '../../../src/engine/grace/editor.ts';
import { DEFAULT_TRAINING } from '../../../src/engine/grace/learn-value.ts';
import type { Prompt } from '../../../src/protocol/prompt.ts';

const text = (content: string): Prompt => ({ kind: 'text', text: content });
const about = (name: string): Prompt => text(`This is a Wikipedia passage about ${name}.`);

describe('Editor on the embedded model', () => {
  let engine: Engine;
  const folder = mkdtempSync(path.join(tmpdir(), 'grace-'));
  const request = (prompt: Prompt, target: string, more: Partial<EditRequest> = {}): EditRequest => ({
    ...{ prompt, target, rephrasings: [], probes: [], ends: true, radius: engine.measuredRadius! },
    ...{ replace: 'replace_last', training: DEFAULT_TRAINING, maxTokens: 32 },
    ...more,
  });
  const answer = async (prompt: Prompt): Promise<string> => {
    const options = { maxTokens: 40, sampling: GREEDY, stop: [], cache: true, edits: true };
    return (await engine.generate(prompt, options)).text.trim();
  };

  beforeAll(async () => {
    engine = await Engine.open({
      model: 'models/biographies',
      device: 'cpu',
      codebook: path.join(folder, 'codebook'),
      mode: 'write',
    });
  });
  afterAll(async () => {
    await engine.dispose();
    rmSync(folder, { recursive: true });
  });

  it('gives an edit with rephrasings a key for each, and one value for all', async () => {
    const [prompt, rephrasing] = [text('The mother tongue of Ada Lovelace is'), text('Ada Lovelace grew up speaking')];
    const result = await engine.edit(request(prompt, 'English', { rephrasings: [rephrasing] }));
    expect(result).toMatchObject({ success: true, action: 'add' });
    const entries = engine.codebook!.codebook.entries.filter(({ valueFrom }) => valueFrom === result.edit);
    expect(entries.length).toBe(2);
    expect(entries[0]!.value).toBe(entries[1]!.value);
    expect([await answer(prompt), await answer(rephrasing)]).toEqual(['English', 'English']);
  });

  it('says what it would do before it does it', async () => {
    const wanted = request(about('Grace Hopper'), 'Grace Hopper was a computer scientist.');
    const { action, outcome } = await engine.preview(wanted);
    const before = engine.codebook!.edits.length;
    const result = await engine.edit(wanted);
    expect(engine.codebook!.edits.length).toBe(before + 1);
    expect(result.action).toBe(action);
    expect(outcome.orphans).toEqual(result.orphans);
  });

  it('joins an entry with the same target, and both prompts keep it', async () => {
    const [one, two] = [about('Marie Curie'), about('Pierre Curie')];
    const target = 'The Curies were physicists.';
    const first = await engine.edit(request(one, target, { radius: 40 }));
    const second = await engine.edit(request(two, target, { radius: 40 }));
    expect([first.action, second.action]).toEqual([expect.any(String), expect.stringMatching(/expand|reuse/)]);
    expect([await answer(one), await answer(two)]).toEqual([target, target]);
    engine.codebook!.revert(second.edit);
    engine.codebook!.revert(first.edit);
  });

  it('replaces the answer of the same prompt, and gives the old one back', async () => {
    const prompt = about('Alan Turing');
    const unedited = await answer(prompt);
    const first = await engine.edit(request(prompt, 'Alan Turing was a mathematician.'));
    const second = await engine.edit(request(prompt, 'Alan Turing was a marathon runner.'));
    expect(second.action).toBe('update');
    expect(second.relabelled.map(({ edit }) => edit)).toEqual([first.edit]);
    expect(await answer(prompt)).toBe('Alan Turing was a marathon runner.');
    engine.codebook!.disable(second.edit);
    expect(await answer(prompt)).toBe('Alan Turing was a mathematician.');
    engine.codebook!.disable(first.edit);
    expect(await answer(prompt)).toBe(unedited);
  });

  it('learns each form and policy that can reach a target', async () => {
    for (const [form, replace] of [
      ['vector', 'replace_last'],
      ['track', 'replace_last'],
      ['vector', 'replace_all'],
    ] as const) {
      const training = { ...DEFAULT_TRAINING, form, steps: 60 };
      const result = await engine.edit(
        request(text(`He moved with ${form} and ${replace} to`), 'Paris', { replace, training, ends: false }),
      );
      expect(result.rows, form).toBe(form === 'track' ? result.rows : 1);
      expect(result.loss.at(-1), `${form} ${replace}`).toBeLessThan(result.loss[0]!);
    }
  });

  it('leaves the codebook as it was when it is cancelled', async () => {
    const abort = new AbortController();
    const before = engine.codebook!.edits.length;
    const onStep = (): void => {
      abort.abort();
    };
    const cancelled = engine.edit(request(about('Emmy Noether'), 'Emmy Noether was a mathematician.'), {
      signal: abort.signal,
      onStep,
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(engine.codebook!.edits.length).toBe(before);
  });

  it('refuses what cannot be learned', async () => {
    await expect(engine.edit(request(about('Nobody'), '  '))).rejects.toMatchObject({ code: 'bad-argument' });
    await expect(engine.edit(request(text(' '), 'Something'))).rejects.toMatchObject({ code: 'bad-argument' });
    await expect(engine.edit(request(about('Nobody'), 'Something', { radius: -1 }))).rejects.toMatchObject({
      code: 'bad-argument',
    });
    const long = text('word '.repeat(300));
    await expect(engine.edit(request(long, 'Something'))).rejects.toMatchObject({
      code: 'context-exceeded',
      data: { contextLength: 256 },
    });
    const training = { ...DEFAULT_TRAINING, form: 'track' } as const;
    await expect(
      engine.edit(request(about('Nobody'), 'Something', { replace: 'replace_all', training })),
    ).rejects.toMatchObject({ code: 'bad-argument' });
  });
});
