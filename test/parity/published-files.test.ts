import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import { HookedModel } from '../../src/engine/models/hooked-model.ts';
import { Model } from '../../src/engine/models/model.ts';
import { changedModel, type ModelChanges } from '../support/changed-model.ts';
import { testedDevice } from '../support/devices.ts';
import { ExpectedTensors, type Expected } from '../support/expected.ts';
import { allLogits } from '../support/fixture-model.ts';
import { readJson, requireFixtures } from '../support/fixtures.ts';

const instead = (name: string) => ({
  rename: (tensor: string) => (tensor === 'shared.weight' ? `${name}.weight` : tensor),
});

/** Files as people have published them, which say the same as the fixtures in other words, or carry what nobody reads. */
const FILES: readonly (readonly [model: string, what: string, changes: ModelChanges])[] = [
  ['bert', 'heads of the pre-training', { added: { 'cls.predictions.bias': [384], 'cls.seq_relationship.weight': [2, 32], 'bert.embeddings.position_ids': [1, 64] } }],
  ['bert', 'how many labels there are, in an early word', { config: { _num_labels: 4, eos_token_ids: 0 } }],
  ['bert', "the layer norms' parameters in the words of TensorFlow", { rename: (name) => name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta') }],
  ['roberta', 'a pooler and the head of the pre-training', { added: { 'roberta.pooler.dense.weight': [32, 32], 'roberta.pooler.dense.bias': [32], 'lm_head.dense.weight': [32, 32] } }],
  ['distilbert', 'the head of the pre-training', { added: { 'vocab_transform.weight': [32, 32], 'vocab_layer_norm.bias': [32], 'vocab_projector.bias': [384] }, config: { tie_weights_: true } }],
  ['t5', "the encoder's embedding alone", instead('encoder.embed_tokens')],
  ['t5', "the decoder's embedding alone", instead('decoder.embed_tokens')],
  ['t5', 'the output matrix alone, which is the embedding', instead('lm_head')],
  ['t5_v11', 'an output matrix of its own, and the embedding by another name', instead('decoder.embed_tokens')],
]; // prettier-ignore

it.each(FILES)('%s with %s computes the same', async (name, _, changes) => {
  const folder = path.join(requireFixtures(), name);
  const expected = readJson(path.join(folder, 'expected.json')) as Expected;
  const [entry] = expected.forward;
  const want = new ExpectedTensors(path.join(folder, 'expected.safetensors')).read(entry!.logits);
  const copy = changedModel(folder, changes);
  const [module] = expected.wrapped_modules;
  const keys = [{ path: module!, side: 'input' }] as const;
  const model = await HookedModel.open(new Model(copy), testedDevice(), { replace: module!, keys, position: 'last' });
  try {
    const got = await allLogits(model, entry!, null);
    expect(got.length).toBe(want.length);
    // README of the fixtures: 3e-4 absolute plus 1e-5 of the value.
    want.forEach((x, i) => { expect(Math.abs(got[i]! - x)).toBeLessThanOrEqual(3e-4 + 1e-5 * Math.abs(x)); }); // prettier-ignore
  } finally {
    await model.dispose();
    rmSync(copy, { recursive: true });
  }
});

it('t5 without any embedding is damaged, and says which tensor it lacks', () => {
  const copy = changedModel(path.join(requireFixtures(), 't5_v11'), { rename: (name) => (name === 'shared.weight' ? undefined : name) }); // prettier-ignore
  try {
    expect(() => new Model(copy)).toThrow(/lack the tensor shared\.weight/);
  } finally {
    rmSync(copy, { recursive: true });
  }
});
