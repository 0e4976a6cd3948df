import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ReplacementPolicy } from '../../src/protocol/edit.ts';
import { decode } from '../../src/engine/generation/decoding.ts';
import { largest } from '../../src/engine/generation/log-probabilities.ts';
import { runBelow, runPrefill } from '../../src/engine/generation/prefill.ts';
import { Sequence } from '../../src/engine/generation/sequence.ts';
import { UNSTEERED, type Steering } from '../../src/engine/generation/steering.ts';
import type { Tokens } from '../../src/engine/generation/tokens.ts';
import { Adam } from '../../src/engine/grace/adam.ts';
import { always } from '../../src/engine/grace/greedy-check.ts';
import { replacementOf } from '../../src/engine/grace/replacement-policy.ts';
import { TrainingExample } from '../../src/engine/grace/training-example.ts';
import { HookedModel } from '../../src/engine/models/hooked-model.ts';
import { Model } from '../../src/engine/models/model.ts';
import type { Device } from '../../src/engine/runtime/device.ts';
import { relativeBucket } from '../../src/engine/models/relative-buckets.ts';
import { allLogits, lessonOf, positionOf, rowsAt } from './fixture-model.ts';
import { readJson } from './fixtures.ts';
import { ExpectedTensors, type Expected, type GraceCase } from './expected.ts';

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
  const prefilled = await runPrefill(model, { ids }, steering);
  for await (const { id } of decode(model, prefilled, { choose: (logits) => largest(logits, 1)[0]!, cache })) {
    found.push(id);
    if (ends.includes(id) || found.length === NEW_TOKENS) break;
  }
  return found;
}

/** A part of what is expected that still has every kind of it: for devices on which a run takes long. */
const shortened = (expected: Expected): Expected => ({
  ...expected,
  wrapped_modules: expected.wrapped_modules.slice(0, 1),
  forward: expected.forward.slice(0, 2).map((entry) => ({ ...entry, modules: entry.modules.slice(0, 1) })),
  ...(expected.generate && { generate: { ...expected.generate, cases: expected.generate.cases.slice(0, 1) } }),
  grace: expected.grace
    .slice(0, 1)
    .map((entry) => ({ ...entry, policies: mapValues(entry.policies, withoutSmallSteps) })),
  ...(expected.kvcache && { kvcache: { cases: expected.kvcache.cases.slice(0, 1) } }),
});

type Policy = GraceCase['policies'][ReplacementPolicy];
const withoutSmallSteps = (item: Policy): Policy => ({ ...item, adam: item.adam.filter(({ lr }) => lr === 1) });

const mapValues = <Key extends string, T>(record: Readonly<Record<Key, T>>, map: (value: T) => T): Record<Key, T> =>
  Object.fromEntries(Object.entries<T>(record).map(([key, value]) => [key, map(value)])) as Record<Key, T>;

/** What PyTorch computes on one of the fixtures' models, held against what the engine computes on a device; `brief`: a part. */
export function testModel(folder: string, device: Device, brief = false): void {
  describe(`${folder} on ${device}`, () => {
    const all = readJson(path.join(folder, 'expected.json')) as Expected;
    const expected = brief ? shortened(all) : all;
    const tensors = new ExpectedTensors(path.join(folder, 'expected.safetensors'));
    const models = new Map<string, HookedModel>();
    const ends = expected.generate?.settings.eos_token_id ?? [];
    const { network } = new Model(folder);
    const nameOf = (entry: GraceCase): string => `${entry.module} at ${positionOf(entry)}`;
    beforeAll(async () => {
      for (const entry of expected.grace) {
        const { module } = entry;
        const hooks = {
          replace: module,
          keys: [
            { path: module, side: 'input' },
            { path: module, side: 'output' },
          ],
          position: positionOf(entry),
        } as const;
        models.set(nameOf(entry), await HookedModel.open(new Model(folder), device, hooks));
      }
    });
    afterAll(async () => {
      for (const model of models.values()) await model.dispose();
    });
    const modelAt = (module: string): HookedModel =>
      [...models.values()].find(({ replace }) => replace.path === module)!;

    it('computes every wrapped module', () => {
      expect([...models.values()].map(({ replace }) => replace.path)).toEqual(
        expect.arrayContaining([...expected.wrapped_modules]),
      );
    });

    it.each(expected.forward.map((entry) => [entry.text, entry] as const))('forward pass of %j', async (_, entry) => {
      for (const { module, input, output } of entry.modules) {
        const model = modelAt(module);
        expectLogits(await allLogits(model, entry, null), tensors.read(entry.logits));
        expectLogits(await rowsAt(model, entry, `${module}:input`), tensors.read(input));
        expectLogits(await rowsAt(model, entry, `${module}:output`), tensors.read(output));
      }
    });

    it.runIf(network.kind === 'causal')('the same logits for a prompt in pieces, behind a cache', async () => {
      const model = modelAt(expected.wrapped_modules[0]!);
      for (const entry of expected.forward.slice(brief ? 1 : 0)) {
        const want = tensors.read(entry.logits);
        const vocabulary = want.length / entry.input_ids.length;
        for (const piece of brief ? [5] : [1, 5]) {
          const sequence = new Sequence(model);
          for (let start = 0; start < entry.input_ids.length; start += piece) {
            const pass = await sequence.below(entry.input_ids.slice(start, start + piece));
            const logits = await sequence.above(pass, [...Array(pass.count).keys()], null);
            expectLogits(logits, want.subarray(start * vocabulary, (start + pass.count) * vocabulary));
          }
        }
      }
    });

    it.each((expected.generate?.cases ?? []).map((entry) => [entry.text, entry] as const))(
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
        it(`edit at ${nameOf(entry)}, ${policy}`, async () => {
          const model = models.get(nameOf(entry))!;
          const example = await TrainingExample.prepare(model, lessonOf(entry), policy);
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

            const replacement = replacementOf(stored, stored.length, policy, entry.t_star);
            const logits = await allLogits(model, entry, replacement);
            const [rows, width] = run.logits.shape.length === 1 ? [1, run.logits.shape[0]!] : (run.logits.shape as [number, number]); // prettier-ignore
            const from = run.logits_from_row * width;
            expectLogits(logits.slice(from, from + rows * width), tensors.read(run.logits));
            if (run.generate) {
              expect(await greedy(model, entry.prompt_ids!, ends, always(stored, stored.length, policy))).toEqual(
                run.generate.new_ids,
              );
            } else expect(largest(logits, 1)[0]).toBe(run.predicted_label);
          }
        });
      }

      it(`queries of other prompts at ${nameOf(entry)}`, async () => {
        const model = models.get(nameOf(entry))!;
        const key = tensors.read(entry.key);
        const queryOf = async (tokens: Tokens): Promise<Float32Array> => {
          const { prefill } = await runBelow(model, tokens);
          return prefill.query(`${entry.module}:input`, prefill.keyPosition);
        };
        expectLogits(await queryOf(lessonOf(entry).prompt), key);
        for (const probe of entry.probes.cases) {
          const query = await queryOf({ ids: probe.input_ids });
          expectLogits(query, tensors.read(probe.query));
          const distance = Math.sqrt(query.reduce((sum, x, j) => sum + (x - key[j]!) ** 2, 0));
          expect(Math.abs(distance - probe.distance)).toBeLessThanOrEqual(1e-3);
          expect(entry.probes.radii.map((radius) => distance <= radius)).toEqual(probe.fires_at_radii);
        }
      });
    }

    it.each((expected.kvcache?.cases ?? []).map((entry) => [`${entry.module}, ${entry.policy}`, entry] as const))(
      'the same tokens with the cache on and off: %s',
      async (_, entry) => {
        const value = tensors.readNamed(entry.value);
        for (const cache of [true, false]) {
          const steering = always(value, value.length, entry.policy);
          const ids = await greedy(modelAt(entry.module), entry.prompt_ids, ends, steering, cache);
          expect(ids).toEqual(cache ? entry.new_ids_cache_on : entry.new_ids_cache_off);
        }
      },
    );

    it.runIf(network.kind === 'encoder-decoder')('buckets of relative positions', () => {
      const { relative_positions: relative, ...wanted } = expected.relative_position_buckets!;
      if (network.kind !== 'encoder-decoder') throw new Error('It is an encoder-decoder.');
      for (const stack of ['encoder', 'decoder'] as const) {
        expect(relative.map((at) => relativeBucket(network.buckets[stack], at))).toEqual(wanted[stack]);
      }
    });
  });
}
