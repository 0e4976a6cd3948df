import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { decode } from '../../src/engine/generation/decoding.ts';
import { largest } from '../../src/engine/generation/log-probabilities.ts';
import { runPrefill } from '../../src/engine/generation/prefill.ts';
import { always } from '../../src/engine/grace/greedy-check.ts';
import { REPLACEMENT_POLICIES } from '../../src/engine/grace/replacement-policy.ts';
import { TrainingExample } from '../../src/engine/grace/training-example.ts';
import { HookedModel } from '../../src/engine/models/hooked-model.ts';
import { Model } from '../../src/engine/models/model.ts';
import { testedDevice } from '../support/devices.ts';
import { ExpectedTensors, type Expected } from '../support/expected.ts';
import { allLogits, lessonOf } from '../support/fixture-model.ts';
import { fixtureFolders, readJson } from '../support/fixtures.ts';

const wave = (size: number, phase: number): Float32Array =>
  Float32Array.from({ length: size }, (_, j) => Math.sin(phase + 1.7 * j));

/**
 * Values, directions from them, and steps of the finite differences: the first that agree count. Where the loss bends sharply a
 * shorter step is needed, and the shortest are lost in float32's rounding; rectifiers (OPT) may have a kink within any step.
 */
const PHASES = [[0, 2], [0.3, 3], [0.7, 4], [1.1, 5]] as const; // prettier-ignore
const STEPS = [2 ** -7, 2 ** -8, 2 ** -9, 2 ** -10, 2 ** -11];

/** How far the gradient is from the loss's own slope, relative to it, where they agree best. */
async function gradientError(example: TrainingExample, size: number): Promise<number> {
  let best = Infinity;
  for (const [place, phase] of PHASES) {
    const [value, direction] = [wave(size, place), wave(size, phase)];
    const { gradient } = await example.evaluate(value);
    const derived = gradient.reduce((sum, g, j) => sum + g * direction[j]!, 0);
    const at = async (step: number): Promise<number> =>
      (await example.evaluate(value.map((x, j) => x + step * direction[j]!))).loss;
    for (const h of STEPS) {
      const numeric = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
      best = Math.min(best, Math.abs(derived - numeric) / Math.max(1, Math.abs(numeric)));
      if (best <= 2e-3) return best;
    }
  }
  return best;
}

async function greedy(
  model: HookedModel,
  ids: readonly number[],
  value: Float32Array,
  cache: boolean,
): Promise<number[]> {
  const found: number[] = [];
  const prefilled = await runPrefill(model, { ids }, always(value, model.replace.size, 'replace_last'));
  for await (const { id } of decode(model, prefilled, { choose: (logits) => largest(logits, 1)[0]!, cache })) {
    if (found.push(id) === 8) break;
  }
  return found;
}

for (const folder of fixtureFolders('expected.json')) {
  const expected = readJson(path.join(folder, 'expected.json')) as Expected;
  const tensors = new ExpectedTensors(path.join(folder, 'expected.safetensors'));
  const description = new Model(folder);
  const paths = [...new Set(description.hookPoints.map((point) => point.path))];
  const writes = expected.generate !== undefined;

  describe(`${folder}: a model cut at any module`, () => {
    it.each(paths)('%s', async (replace) => {
      const model = await HookedModel.open(new Model(folder), testedDevice(), { replace });
      const [forward] = expected.forward;
      const logits = await allLogits(model, forward!, null);
      const worst = tensors
        .read(forward!.logits)
        .reduce((most, x, i) => Math.max(most, Math.abs(x - logits[i]!) - 1e-5 * Math.abs(x)), 0);
      expect(worst, 'the unedited logits').toBeLessThanOrEqual(3e-4);

      const lesson = lessonOf(expected.grace[0]!);
      const value = wave(model.replace.size, 0);
      if (writes) {
        expect(await greedy(model, lesson.prompt.ids, value, true), 'cache on and off').toEqual(
          await greedy(model, lesson.prompt.ids, value, false),
        );
      }
      for (const policy of REPLACEMENT_POLICIES) {
        const example = await TrainingExample.prepare(model, lesson, policy);
        expect(await gradientError(example, value.length), `the gradient, ${policy}`).toBeLessThanOrEqual(2e-3);
      }
      await model.dispose();
    });
  });
}
