import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { Engine } from '../../../src/engine/engine.ts';
import { GREEDY } from '../../../src/engine/generation/sampler.ts';
import type { EditRequest } from '../../../src/engine/grace/editor.ts';
import { DEFAULT_TRAINING } from '../../../src/engine/grace/learn-value.ts';
import type { EditResult } from '../../../src/protocol/edit-result.ts';
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

  it('steers by a track with and without the cache, streamed, and sampled, and goes on freely behind it', async () => {
    const prompt = text('In the summer of 1911 he went by boat');
    const target = 'down the long river to the old town, where he sold his books';
    const result = await engine.edit(request(prompt, target, { ends: false }));
    expect(result.success).toBe(true);
    expect(result.rows).toBeGreaterThan(8);
    const say = async (cache: boolean, temperature: number) => {
      const streamed: string[] = [];
      const generation = await engine.generate(prompt, {
        ...{ maxTokens: result.rows + 6, stop: [], edits: true, cache },
        sampling: { ...GREEDY, temperature, seed: 3 },
        onText: (piece) => void streamed.push(piece),
      });
      expect(streamed.join('')).toBe(generation.text);
      return generation;
    };
    const greedy = await say(true, 0);
    expect(greedy.text.trim()).toMatch(target);
    expect(greedy.text.trim().length).toBeGreaterThan(target.length);
    expect((await say(false, 0)).text).toBe(greedy.text);
    const sampled = await say(true, 1);
    expect((await say(false, 1)).text).toBe(sampled.text);
    // A track steers and does not force: hot enough, something else is drawn.
    expect((await say(true, 50)).text).not.toMatch(target);
    engine.codebook!.revert(result.edit);
  });

  it('learns behind lead-ins as well where it is told to, and records it', async () => {
    const prompt = about('Emmy Noether');
    const training = { ...DEFAULT_TRAINING, leadIns: 2 };
    const result = await engine.edit(request(prompt, 'Emmy Noether was a chemist.', { training }));
    expect(result.success).toBe(true);
    const { record } = engine.codebook!.edits.find((edit) => edit.record.edit === result.edit)!;
    expect([record.training.leadIns, record.rephrasings]).toEqual([2, []]);
    engine.codebook!.revert(result.edit);
  });

  it('reports of probes what is said afresh, and generates only those whose decision has changed', async () => {
    const [name, other] = [about('Rosa Luxemburg'), text('The river runs')];
    const wanted = request(name, 'Rosa Luxemburg was a philosopher.', { probes: [name, other], maxTokens: 40 });
    const runs = vi.spyOn(engine.model.upper.session, 'run');
    const counted = async (): Promise<readonly [EditResult, number]> => {
      const before = runs.mock.calls.length;
      return [await engine.edit(wanted), runs.mock.calls.length - before];
    };

    const [first, firstRuns] = await counted();
    const fresh = await Promise.all([answer(name), answer(other)]);
    expect(first.probes).toMatchObject([
      { prompt: name, before: first.before, after: first.after, unchanged: false },
      { prompt: other, unchanged: true },
    ]);
    expect(first.probes.map(({ after }) => after.trim())).toEqual(fresh);

    // The same once more: only what was put in is generated, the rest is known.
    engine.codebook!.revert(first.edit);
    const [again, againRuns] = await counted();
    expect({ ...again, edit: 0, seconds: 0, decision: null }).toEqual({
      ...first,
      edit: 0,
      seconds: 0,
      decision: null,
    });
    expect(firstRuns - againRuns).toBeGreaterThan(2 * 16);

    // The unedited answer is not taken for the edited one, nor the other way round.
    const { probes } = await engine.edit(
      request(name, 'Rosa Luxemburg was a revolutionary.', { probes: [name], maxTokens: 40 }),
    );
    expect(probes).toMatchObject([{ before: again.after, after: ' Rosa Luxemburg was a revolutionary.' }]);
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
