import { afterAll, describe, expect, it } from 'vitest';

import { UNSTEERED } from '../../../src/engine/generation/steering.ts';
import { runPrefill } from '../../../src/engine/generation/prefill.ts';
import { TrainingExample } from '../../../src/engine/grace/training-example.ts';
import { HookedModel } from '../../../src/engine/models/hooked-model.ts';
import { Model } from '../../../src/engine/models/model.ts';

const LESSON = { prompt: { ids: [5, 200, 31, 77] }, targetIds: [400, 12, 9] };

describe('the weight of a linear module', () => {
  const opened: HookedModel[] = [];
  const open = async (replace: string, trained: 'value' | 'weight'): Promise<HookedModel> => {
    const model = await HookedModel.open(new Model('models/biographies'), 'cpu', { replace, trained });
    opened.push(model);
    return model;
  };
  afterAll(async () => {
    for (const model of opened) await model.dispose();
  });

  // A weight that leaves rows in the key-value cache, one that does not, and one of the last block.
  for (const path of ['transformer.h.3.attn.c_attn', 'transformer.h.5.mlp.c_proj', 'transformer.h.7.mlp.c_fc']) {
    it(`of ${path} has the gradient that finite differences give`, async () => {
      const model = await open(path, 'weight');
      const weight = await model.trainWeight();
      const example = await TrainingExample.prepare(model, LESSON, 'replace_all');
      const { gradient } = await example.run({});
      expect(gradient!.length).toBe(weight.length);
      const largest = gradient!.reduce((best, x, at) => (Math.abs(x) > Math.abs(gradient![best]!) ? at : best), 0);
      for (const at of [largest, 17]) {
        const original = weight[at]!;
        const lossAt = async (x: number): Promise<number> => {
          weight[at] = x;
          const { loss } = await example.run({});
          weight[at] = original;
          return loss;
        };
        const step = 1e-2;
        const slope = ((await lossAt(original + step)) - (await lossAt(original - step))) / (2 * step);
        expect(Math.abs(slope - gradient![at]!)).toBeLessThan(2e-3 + 0.05 * Math.abs(slope));
      }
    });
  }

  it('leaves the logits as they are until it is changed', async () => {
    const path = 'transformer.h.4.mlp.c_proj';
    const [whole, trained] = [await open(path, 'value'), await open(path, 'weight')];
    const weight = await trained.trainWeight();
    const logits = async (model: HookedModel): Promise<Float32Array> =>
      (await runPrefill(model, LESSON.prompt, UNSTEERED)).logits;
    const expected = await logits(whole);
    const largestDifference = (got: Float32Array): number =>
      got.reduce((most, x, at) => Math.max(most, Math.abs(x - expected[at]!)), 0);
    expect(largestDifference(await logits(trained))).toBeLessThan(1e-3);
    weight.fill(0);
    expect(largestDifference(await logits(trained))).toBeGreaterThan(0.1);
  });

  it('is refused where there is none', async () => {
    await expect(open('transformer.h.4', 'weight')).rejects.toMatchObject({ code: 'bad-argument' });
  });
});
