import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ReplacementPolicy } from '../../src/protocol/edit.ts';
import { decode } from '../../src/engine/generation/decoding.ts';
import { largest } from '../../src/engine/generation/log-probabilities.ts';
import { runPrefill } from '../../src/engine/generation/prefill.ts';
import { Sequence } from '../../src/engine/generation/sequence.ts';
import { UNSTEERED, type Steering } from '../../src/engine/generation/steering.ts';
import { Adam } from '../../src/engine/grace/adam.ts';
import { always } from '../../src/engine/grace/greedy-check.ts';
import { replacementOf } from '../../src/engine/grace/replacement-policy.ts';
import { TrainingExample } from '../../src/engine/grace/training-example.ts';
import { ARCHITECTURES } from '../../src/engine/models/families.ts';
import { HookedModel } from '../../src/engine/models/hooked-model.ts';
import { Model } from '../../src/engine/models/model.ts';
import { fixtureFolders, readJson } from '../support/fixtures.ts';
import { ExpectedTensors, type Expected, type GraceCase } from '../support/expected.ts';

const NEW_TOKENS = 16;

/** README: 3e-4 absolute plus 1e-5 of the value. */
function expectClose(got: Float32Array, want: Float32Array, absolute: number, relative = 0): void {
  expect(got.length).toBe(want.length);
  const worst = want.reduce((most, x, i) => Math.max(most, Math.abs(got[i]! - x) - relative * Math.abs(x)), 0);
  expect(worst).toBeLessThanOrEqual(absolute);
}
const expectLogits = (got: Float32Array, want: Float32Array): void => {
  expectClose(got, want, 3e-4, 1e-5);
};

async function greedy(
  model: HookedModel,
  ids: readonly number[],
  ends: readonly number[],
  steering: Steering,
  cache = true,
): Promise<number[]> {
  const found: number[] = [];
  const prefilled = await runPrefill(model, ids, steering);
  for await (const { id } of decode(model, prefilled, { choose: (logits) => largest(logits, 1)[0]!, cache })) {
    found.push(id);
    if (ends.includes(id) || found.length === NEW_TOKENS) break;
  }
  return found;
}

for (const folder of fixtureFolders('expected.json')) {
  const expected = readJson(path.join(folder, 'expected.json')) as Expected;
  const config = readJson(path.join(folder, 'config.json')) as { readonly architectures: readonly string[] };
  const computed = config.architectures.some((name) => ARCHITECTURES.includes(name));
  if (!computed) {
    describe.skip(`${folder}: ${config.architectures.join()} is missing: no family computes it yet`, () => {
      it('is not computed', () => undefined);
    });
    continue;
  }

  describe(folder, () => {
    const tensors = new ExpectedTensors(path.join(folder, 'expected.safetensors'));
    const models = new Map<string, HookedModel>();
    const ends = expected.generate.settings.eos_token_id;
    beforeAll(async () => {
      for (const module of expected.wrapped_modules) {
        models.set(
          module,
          await HookedModel.open(new Model(folder), 'cpu', {
            replace: module,
            keys: [
              { path: module, side: 'input' },
              { path: module, side: 'output' },
            ],
          }),
        );
      }
    });
    afterAll(async () => {
      for (const model of models.values()) await model.dispose();
    });

    it.each(expected.forward.map((entry) => [entry.text, entry] as const))('forward pass of %j', async (_, entry) => {
      for (const { module, input, output } of entry.modules) {
        const sequence = new Sequence(models.get(module)!);
        const pass = await sequence.below(entry.input_ids);
        const logits = await sequence.above(pass, [...entry.input_ids.keys()], null);
        expectLogits(logits, tensors.read(entry.logits));
        expectLogits(pass.queries.get(`${module}:input`)!, tensors.read(input));
        expectLogits(pass.queries.get(`${module}:output`)!, tensors.read(output));
      }
    });

    it('the same logits for a prompt in pieces, behind a cache', async () => {
      const model = models.get(expected.wrapped_modules[0]!)!;
      for (const entry of expected.forward) {
        const want = tensors.read(entry.logits);
        const vocabulary = want.length / entry.input_ids.length;
        for (const piece of [1, 5]) {
          const sequence = new Sequence(model);
          for (let start = 0; start < entry.input_ids.length; start += piece) {
            const pass = await sequence.below(entry.input_ids.slice(start, start + piece));
            const logits = await sequence.above(pass, [...Array(pass.count).keys()], null);
            expectLogits(logits, want.subarray(start * vocabulary, (start + pass.count) * vocabulary));
          }
        }
      }
    });

    it.each(expected.generate.cases.map((entry) => [entry.text, entry] as const))(
      'greedy generation of %j',
      async (_, entry) => {
        const ids = expected.forward[entry.forward_index]!.input_ids;
        for (const model of models.values()) {
          expect(await greedy(model, ids, ends, UNSTEERED)).toEqual(entry.new_ids);
          expect(await greedy(model, ids, ends, UNSTEERED, false)).toEqual(entry.new_ids);
        }
      },
    );

    for (const entry of expected.grace) {
      for (const [policy, item] of Object.entries(entry.policies) as [
        ReplacementPolicy,
        GraceCase['policies'][ReplacementPolicy],
      ][]) {
        it(`edit at ${entry.module}, ${policy}`, async () => {
          const model = models.get(entry.module)!;
          const example = await TrainingExample.prepare(
            model,
            { promptIds: entry.prompt_ids, targetIds: entry.target_ids },
            policy,
          );
          expectLogits(example.hidden(1), tensors.read(entry.module_output_at_t_star));
          const start = await example.evaluate(tensors.read(entry.v0));
          const gradient = tensors.read(item.grad);
          expect(Math.abs(start.loss - item.loss)).toBeLessThanOrEqual(5e-5);
          expectClose(start.gradient, gradient, 1e-5 + 1e-4 * Math.max(...gradient.map(Math.abs)));

          for (const run of item.adam) {
            const value = tensors.read(entry.v0);
            const adam = new Adam(value.length, run.lr);
            for (const want of [...run.losses, run.loss_after]) {
              const step = await example.evaluate(value);
              expect(Math.abs(step.loss - want)).toBeLessThanOrEqual(run.lr === 1 ? 2e-4 : 5e-5);
              if (want !== run.loss_after) adam.update(value, step.gradient);
            }
            const stored = tensors.read(run.value_after);
            expectClose(value, stored, run.lr === 1 ? 3e-3 : 5e-4);

            const sequence = new Sequence(model);
            const rows = run.logits.shape[0]!;
            const pass = await sequence.below(entry.input_ids);
            const replacement = replacementOf(stored, stored.length, policy, entry.t_star);
            const logits = await sequence.above(
              pass,
              Array.from({ length: rows }, (_, at) => run.logits_from_row + at),
              replacement,
            );
            expectLogits(logits, tensors.read(run.logits));
            expect(await greedy(model, entry.prompt_ids, ends, always(stored, stored.length, policy))).toEqual(
              run.generate.new_ids,
            );
          }
        });
      }

      it(`queries of other prompts at ${entry.module}`, async () => {
        const model = models.get(entry.module)!;
        const key = tensors.read(entry.key);
        const queryOf = async (ids: readonly number[]): Promise<Float32Array> => {
          const { prefill } = await runPrefill(model, ids, UNSTEERED);
          return prefill.query(`${entry.module}:input`, ids.length - 1);
        };
        expectLogits(await queryOf(entry.prompt_ids), key);
        for (const probe of entry.probes.cases) {
          const query = await queryOf(probe.input_ids);
          expectLogits(query, tensors.read(probe.query));
          const distance = Math.sqrt(query.reduce((sum, x, j) => sum + (x - key[j]!) ** 2, 0));
          expect(Math.abs(distance - probe.distance)).toBeLessThanOrEqual(1e-3);
          expect(entry.probes.radii.map((radius) => distance <= radius)).toEqual(probe.fires_at_radii);
        }
      });
    }

    it.each(expected.kvcache.cases.map((entry) => [`${entry.module}, ${entry.policy}`, entry] as const))(
      'the same tokens with the cache on and off: %s',
      async (_, entry) => {
        const value = tensors.readNamed(entry.value);
        for (const cache of [true, false]) {
          const ids = await greedy(
            models.get(entry.module)!,
            entry.prompt_ids,
            ends,
            always(value, value.length, entry.policy),
            cache,
          );
          expect(ids).toEqual(cache ? entry.new_ids_cache_on : entry.new_ids_cache_off);
        }
      },
    );
  });
}
