import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { EngineService } from '../../../src/engine/engine-service.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { DEFAULT_TRAINING } from '../../../src/engine/grace/learn-value.ts';
import { propose } from '../../../src/engine/tuning-choice.ts';
import { SHIPPED_TRIALS } from '../../../src/engine/tuning-facts.ts';
import { tune, type TrialEdit, type TuningOptions } from '../../../src/engine/tuning.ts';
import type { Prompt } from '../../../src/protocol/prompt.ts';
import type { TuningCell, TuningProgress } from '../../../src/protocol/tuning.ts';
import { writeGpt2 } from '../../cli/tiny-models.ts';
import { writeMaskedModel } from '../../support/masked-model.ts';

const text = (content: string): Prompt => ({ kind: 'text', text: content });
const trial = (prompt: string, target: string, ...rephrasings: readonly string[]): TrialEdit => ({
  ...{ prompt: text(prompt), target, rephrasings: rephrasings.map(text), probes: [] },
});
const TRIALS = [
  trial('Where is the old bridge?', 'here', 'Where is the old bridge now?', 'Something else is asked here'),
  trial('My name is', 'Ada', 'My own name is'),
  trial('A neighbour asks', 'why'),
];

describe('tune', () => {
  const place = mkdtempSync(path.join(tmpdir(), 'grace-tune-'));
  const model = writeGpt2(path.join(place, 'gpt2'));
  const options = (more: Partial<TuningOptions> = {}): TuningOptions => ({
    ...{ model, device: 'cpu', multiples: [1, 30], trials: TRIALS, edits: 2 },
    ...more,
  });
  afterAll(() => {
    rmSync(place, { recursive: true });
  });

  it('measures each hook point with each radius, and says how far it is', async () => {
    const told: TuningProgress[] = [];
    const hooks = ['transformer.h.1', 'transformer.h.0.mlp.c_proj'];
    const result = await tune(options({ hooks, onProgress: (progress) => told.push(progress) }));
    expect(result.cells.map(({ hook, multiple }) => [hook, multiple])).toEqual([
      ...[1, 30].map((multiple) => ['transformer.h.0.mlp.c_proj', multiple]),
      ...[1, 30].map((multiple) => ['transformer.h.1', multiple]),
    ]);
    expect(result.cells.map(({ generality, success }) => [generality.of, success.of])).toEqual(Array(4).fill([3, 2]));
    expect(result.usual).toMatchObject({ hook: 'transformer.h.1', multiple: 1 });
    expect([told[0]!.done, told.at(-1)!.done === told[0]!.of]).toEqual([0, true]);
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
  });

  it('has edits of its own for models of every kind', async () => {
    const masked = writeMaskedModel(path.join(place, 'masked'));
    for (const [file, hook] of [
      [model, 'transformer.h.1'],
      ['models/questions', 'encoder.block.1'],
      ['models/intents', 'bert.encoder.layer.2'],
      [masked, 'bert.encoder.layer.2'],
    ] as const) {
      const { cells, edits } = await tune(options({ model: file, hooks: [hook], multiples: [1], trials: undefined }));
      expect(edits).toBe(2);
      expect(cells[0]!.generality.of).toBeGreaterThan(0);
      // A random model learns no fact of many tokens within its steps.
      if (file !== model) expect(cells[0]!.success.held, file).toBeGreaterThan(0);
    }
  });

  it('agrees with a codebook that is made with the setting', async () => {
    const hook = 'transformer.h.1';
    const { cells, hooks } = await tune(options({ hooks: [hook], multiples: [1, 8, 30] }));
    for (const [at, { radius, generality, success }] of cells.entries()) {
      const codebook = path.join(place, `book-${at}`);
      const engine = await Engine.open({ model, device: 'cpu', codebook, mode: 'write', replace: hook, radius });
      expect(engine.measuredRadius).toBe(radius);
      const settings = {
        ends: true,
        radius,
        replace: 'replace_last',
        training: DEFAULT_TRAINING,
        maxTokens: 8,
      } as const;
      for (const { prompt, target } of TRIALS.slice(0, 2))
        await engine.edit({ ...settings, prompt, target, rephrasings: [], probes: [] });
      const gives = async (prompt: Prompt, target: string, edit: number): Promise<boolean> => {
        const ask = { maxTokens: 8, sampling: { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 } };
        const { text: said, decision } = await engine.generate(prompt, { ...ask, stop: [], cache: true, edits: true });
        return decision.edit === edit && said.trim() === target;
      };
      let [own, others] = [0, 0];
      for (const [index, { prompt, target, rephrasings }] of TRIALS.slice(0, 2).entries()) {
        if (await gives(prompt, target, index + 1)) own++;
        for (const each of rephrasings) if (await gives(each, target, index + 1)) others++;
      }
      expect([own, others], `x${cells[at]!.multiple}`).toEqual([success.held, generality.held]);
      await engine.dispose();
    }
    const plain = await Engine.open({
      model,
      device: 'cpu',
      codebook: path.join(place, 'plain'),
      mode: 'write',
      replace: hook,
    });
    expect(plain.measuredRadius).toBe(hooks[0]!.measuredRadius);
    await plain.dispose();
  });

  it('refuses modules that are not there, and ends when it is called off', async () => {
    await expect(tune(options({ hooks: ['transformer.h.9'] }))).rejects.toMatchObject({ code: 'hook-unknown' });
    await expect(tune(options({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: 'cancelled' });
    const abort = new AbortController();
    const calledOff = tune(options({ signal: abort.signal, onProgress: ({ done, of }) => { if (done > of / 2) abort.abort(); } })); // prettier-ignore
    await expect(calledOff).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('tells of the lines of a file that could not be read, and measures no rewordings where there are none', async () => {
    const file = path.join(place, 'own.jsonl');
    writeFileSync(file, '{"prompt": "My name is", "target": "Ada"}\n{"prompt": "Nothing"}\nnot JSON\n');
    const service = new EngineService(() => undefined);
    const context = { signal: new AbortController().signal, progress: () => undefined };
    const { edits, errors, proposed } = await service.tune({ model, device: 'cpu', file }, context);
    expect(edits).toBe(1);
    expect(errors).toMatchObject([
      { line: 2, message: expect.stringContaining('target') as string },
      { line: 3, message: 'Line 3: is not JSON.' },
    ]);
    expect(proposed.generality).toEqual({ held: 0, of: 0 });
    expect((await service.tune({ model, device: 'cpu' }, context)).errors).toEqual([]);
  });

  it('comes with thirty facts in five wordings each, all of them different', () => {
    expect(SHIPPED_TRIALS).toHaveLength(30);
    const prompts = SHIPPED_TRIALS.flatMap(({ prompt, rephrasings }) => [prompt, ...rephrasings]);
    expect(new Set(prompts.map((prompt) => JSON.stringify(prompt))).size).toBe(150);
    for (const { target, rephrasings } of SHIPPED_TRIALS)
      expect([target !== '', rephrasings.length]).toEqual([true, 4]);
  });
});

describe('the proposal', () => {
  const cell = (hook: string, multiple: number, success: number, generality: number, locality: number): TuningCell => ({
    ...{ hook, multiple, radius: multiple / 2 },
    ...{
      success: { held: success, of: 10 },
      generality: { held: generality, of: 40 },
      locality: { held: locality, of: 100 },
    },
  });

  it('carries farthest without touching what is unrelated', () => {
    const cells = [
      cell('a', 1, 10, 0, 100),
      cell('a', 9, 10, 30, 90),
      cell('b', 4, 10, 20, 98),
      cell('c', 4, 9, 25, 99),
    ];
    expect(propose(cells, 'a')).toBe(cells[2]);
  });

  it('is the smallest radius of equals, at the usual hook point if it can be', () => {
    const cells = [cell('a', 4, 10, 5, 100), cell('b', 2, 10, 5, 100), cell('c', 2, 10, 5, 100)];
    expect([propose(cells, 'c'), propose(cells, 'z')]).toEqual([cells[2], cells[1]]);
  });

  it('goes as far as unrelated prompts allow where no rewordings were measured', () => {
    const blind = (...sizes: Parameters<typeof cell>): TuningCell => ({ ...cell(...sizes), generality: { held: 0, of: 0 } }); // prettier-ignore
    const cells = [
      blind('a', 1, 10, 0, 100),
      blind('a', 5, 10, 0, 100),
      blind('b', 5, 10, 0, 100),
      blind('b', 10, 10, 0, 98),
      blind('b', 20, 10, 0, 60),
      blind('c', 10, 9, 0, 100),
    ];
    expect([propose(cells, 'b'), propose(cells, 'z')]).toEqual([cells[2], cells[1]]);
  });

  it('is what touches least where everything touches something', () => {
    const cells = [cell('a', 1, 10, 3, 60), cell('b', 1, 10, 9, 50)];
    expect(propose(cells, 'b')).toBe(cells[0]);
  });
});
