import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'vitest';

import type { ErrorCode } from '../../src/protocol/coded-error.ts';
import { DamagedModel, type JsonObject } from './damaged-model.ts';
import { expectRefusal, temporaryFolder, writeLines } from './grace.ts';
import type { StoredTensor } from '../support/tensor-file.ts';
import { writeGpt2, writeLlama } from './tiny-models.ts';

const place = temporaryFolder();
const GPT2 = writeGpt2(path.join(place, 'gpt2'));
const LLAMA = writeLlama(path.join(place, 'llama'));
const lines = writeLines(path.join(place, 'batch.jsonl'), [{ prompt: 'Who was', target: 'it' }]);
let codebooks = 0;
const codebook = (): string[] => ['--codebook', path.join(place, `codebook-${++codebooks}`)];
const ASK = ['--prompt', 'Who was'];

const COMMANDS: Readonly<Record<string, () => readonly string[]>> = {
  inspect: () => [],
  generate: () => [...ASK, '--max-tokens', '4'],
  score: () => [...ASK, '--target', 'it'],
  edit: () => [...ASK, '--target', 'it', ...codebook()],
  batch: () => ['--file', lines, ...codebook()],
};

const refuse = (command: string, model: string, code: ErrorCode, says?: RegExp): Promise<void> =>
  expectRefusal(code, [command, '--model', model, ...COMMANDS[command]!()], says);

interface Case {
  readonly name: string;
  readonly damage: (model: DamagedModel) => void;
  readonly code: ErrorCode;
  readonly says: RegExp;
  readonly fixture?: string;
}

/** Every case with one of the commands in turn: all of them open models in the same way. */
function refuseAll(cases: readonly Case[]): void {
  const names = Object.keys(COMMANDS);
  for (const [at, { name, damage, code, says, fixture = GPT2 }] of cases.entries()) {
    const command = names[at % names.length]!;
    it(`${name} (${command})`, async () => {
      const model = new DamagedModel(fixture, place);
      damage(model);
      await refuse(command, model.folder, code, says);
    });
  }
}

describe('what is no model is refused', () => {
  for (const command of Object.keys(COMMANDS)) {
    it(`a folder that is not there, a file, an empty folder, an empty name (${command})`, async () => {
      await refuse(command, path.join(place, 'none'), 'model-not-found', /There is no folder/);
      await refuse(command, lines, 'model-not-found', /is a file/);
      const empty = path.join(place, `empty-${command}`);
      mkdirSync(empty);
      await refuse(command, empty, 'model-not-found', /has no config.json/);
      await refuse(command, '', 'bad-argument', /--model.*empty/);
    });
  }
});

const length = (bytes: bigint): Buffer => {
  const header = Buffer.alloc(8);
  header.writeBigUInt64LE(bytes);
  return header;
};
const change = (name: string, how: (tensor: StoredTensor) => StoredTensor) => (tensors: Map<string, StoredTensor>) => {
  tensors.set(name, how(tensors.get(name)!));
};
const filledWith =
  (number: number) =>
  (tensor: StoredTensor): StoredTensor => ({
    ...tensor,
    bytes: new Uint8Array(new Float32Array(tensor.bytes.length / 4).fill(number).buffer),
  });
const shard = (model: DamagedModel, missing: boolean, misplaced: boolean): void => {
  const files = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
  const names: string[] = [];
  model.tensors((tensors) => names.push(...tensors.keys()));
  for (const [at, file] of files.entries()) {
    const others = names.filter((_, index) => index % 2 !== at);
    model.tensors((tensors) => { for (const name of others) tensors.delete(name); }, file); // prettier-ignore
  }
  const map = names.map((name, at) => [name, files[(at + (misplaced && at === 0 ? 1 : 0)) % 2]]);
  model.write('model.safetensors.index.json', JSON.stringify({ weight_map: Object.fromEntries(map) as JsonObject }));
  rmSync(model.file('model.safetensors'));
  if (missing) rmSync(model.file(files[1]));
};

describe('damaged weights are refused', () => {
  refuseAll([
    { name: 'truncated', code: 'model-damaged', says: /not a sound safetensors/, damage: (m) => { m.write('model.safetensors', m.weights.subarray(0, 50_000)); } },
    { name: 'empty', code: 'model-damaged', says: /has only 0 bytes/, damage: (m) => { m.write('model.safetensors', ''); } },
    { name: 'a header of 2^62 bytes', code: 'model-damaged', says: /does not begin with the length/, damage: (m) => { m.write('model.safetensors', Buffer.concat([length(2n ** 62n), m.weights.subarray(8)])); } },
    { name: 'a header longer than the file', code: 'model-damaged', says: /does not begin with the length/, damage: (m) => { m.write('model.safetensors', Buffer.concat([length(99_000_000n), m.weights.subarray(8)])); } },
    { name: 'a header of 90 MB of brackets', code: 'model-damaged', says: /nests/, damage: (m) => { m.write('model.safetensors', Buffer.concat([length(90_000_000n), Buffer.from('{"a":'), Buffer.alloc(89_999_995, '[')])); } },
    { name: 'a header that is no JSON', code: 'model-damaged', says: /not valid JSON/, damage: (m) => { m.write('model.safetensors', Buffer.concat([length(4n), Buffer.from('{"a"')])); } },
    { name: 'a zip archive', code: 'model-damaged', says: /zip archive/, damage: (m) => { m.write('model.safetensors', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(1000)])); } },
    { name: 'a pickle', code: 'model-damaged', says: /pickle/, damage: (m) => { m.write('model.safetensors', Buffer.concat([Buffer.from([0x80, 2]), Buffer.alloc(1000, 'q')])); } },
    { name: 'pytorch_model.bin alone', code: 'model-unsupported', says: /pytorch_model\.bin, a Python pickle/, damage: (m) => { renameSync(m.file('model.safetensors'), m.file('pytorch_model.bin')); } },
    { name: 'none', code: 'model-not-found', says: /holds no weights/, damage: (m) => { rmSync(m.file('model.safetensors')); } },
    { name: 'a folder in their place', code: 'model-not-found', says: /not a regular file/, damage: (m) => { rmSync(m.file('model.safetensors')); mkdirSync(m.file('model.safetensors')); } },
    { name: 'a shard that is missing', code: 'model-not-found', says: /1 of the model's 2 weight files/, damage: (m) => { shard(m, true, false); } },
    { name: 'a shard without its tensor', code: 'model-damaged', says: /not in the file that the index names/, damage: (m) => { shard(m, false, true); } },
    { name: 'a tensor of another shape', code: 'model-damaged', says: /has the shape \(32, 4096\) where config.json implies \(4096, 32\)/, damage: (m) => { m.tensors(change('transformer.wte.weight', (t) => ({ ...t, shape: [...t.shape].reverse() }))); } },
    { name: 'a tensor that is missing', code: 'model-damaged', says: /lack the tensor transformer.h.1.mlp.c_fc.weight/, damage: (m) => { m.tensors((tensors) => tensors.delete('transformer.h.1.mlp.c_fc.weight')); } },
    { name: 'a tensor too many', code: 'model-unsupported', says: /hold the tensor adapter.weight/, damage: (m) => { m.tensors((tensors) => tensors.set('adapter.weight', { dtype: 'F32', shape: [2], bytes: new Uint8Array(8) })); } },
    { name: 'a tensor of whole numbers', code: 'model-unsupported', says: /stored as I32/, damage: (m) => { m.tensors(change('transformer.h.1.mlp.c_fc.weight', (t) => ({ ...t, dtype: 'I32' }))); } },
  ]); // prettier-ignore

  it('NaN, where the model comes to compute with it', async () => {
    const [above, below] = [new DamagedModel(GPT2, place), new DamagedModel(GPT2, place)];
    above.tensors(change('transformer.h.2.mlp.c_fc.weight', filledWith(NaN)));
    below.tensors(change('transformer.h.0.mlp.c_fc.weight', filledWith(Infinity)));
    for (const command of ['generate', 'score', 'edit'])
      await refuse(command, above.folder, 'model-damaged', /infinity or NaN/);
    await refuse('edit', below.folder, 'model-damaged', /no radius can be measured/);
  });
});

const config = (name: string, changes: JsonObject, code: ErrorCode, says: RegExp, fixture = GPT2): Case => ({
  name,
  code,
  says,
  fixture,
  damage: (model) => {
    model.config(changes);
  },
});

describe('a config.json that is broken, or asks for what is not computed, is refused by name', () => {
  refuseAll([
    { name: 'no JSON', code: 'model-damaged', says: /config.json is not valid JSON/, damage: (m) => { m.write('config.json', '{"architectures": ['); } },
    { name: 'a list', code: 'model-damaged', says: /must hold a JSON object/, damage: (m) => { m.write('config.json', '[]'); } },
    { name: 'not UTF-8', code: 'model-damaged', says: /UTF-8/, damage: (m) => { m.write('config.json', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])); } },
    { name: 'nested 100,000 deep', code: 'model-damaged', says: /nests/, damage: (m) => { m.write('config.json', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`); } },
    config('a key that is missing', { n_head: undefined }, 'model-damaged', /lacks the key n_head/),
    config('a text for a size', { n_embd: '32' }, 'model-damaged', /n_embd .* is "32"/),
    config('a negative size', { n_layer: -3 }, 'model-damaged', /n_layer .* is -3/),
    config('a size of zero', { vocab_size: 0 }, 'model-damaged', /vocab_size .* is 0/),
    config('a fraction for a size', { n_positions: 2.5 }, 'model-damaged', /n_positions .* is 2.5/),
    config('a size beyond all bounds', { n_layer: 1_000_000_000 }, 'model-damaged', /n_layer .* is 1000000000/),
    config('heads that do not divide the width', { n_head: 5 }, 'model-unsupported', /n_head to 5/),
    config('a negative epsilon', { layer_norm_epsilon: -1 }, 'model-damaged', /layer_norm_epsilon .* is -1/),
    config('an unknown architecture', { architectures: ['FooForCausalLM'] }, 'model-unsupported', /architecture FooForCausalLM/),
    config('no architecture', { architectures: [] }, 'model-unsupported', /names no architecture/),
    config('an unknown activation', { activation_function: 'constructor' }, 'model-unsupported', /activation_function to "constructor"/),
    config('an unknown key', { logit_scale: 2 }, 'model-unsupported', /logit_scale to 2/),
    config('quantisation', { quantization_config: { bits: 4 } }, 'model-unsupported', /quantization_config/),
    config('an unknown kind of RoPE scaling', { rope_scaling: { rope_type: 'yarn', factor: 4 } }, 'model-unsupported', /rope_type to "yarn"/, LLAMA),
    config('an unknown key of RoPE scaling', { rope_scaling: { rope_type: 'linear', factor: 4, mscale: 2 } }, 'model-unsupported', /mscale to 2/, LLAMA),
    config('RoPE scaling by zero', { rope_scaling: { rope_type: 'linear', factor: 0 } }, 'model-damaged', /factor .* is 0/, LLAMA),
    config('key-value heads that do not divide the heads', { num_key_value_heads: 3 }, 'model-unsupported', /num_key_value_heads to 3/, LLAMA),
  ]); // prettier-ignore
});

const tokenizer = (name: string, change: (json: JsonObject) => void, code: ErrorCode, says: RegExp): Case => ({
  name,
  code,
  says,
  damage: (model) => {
    model.edit('tokenizer.json', change);
  },
});

describe('a tokenizer that is missing, broken or of another kind is refused', () => {
  refuseAll([
    { name: 'none', code: 'model-not-found', says: /has no tokenizer.json/, damage: (m) => { rmSync(m.file('tokenizer.json')); } },
    { name: 'vocab.json in its place', code: 'tokenizer-unsupported', says: /has vocab.json, but no tokenizer.json/, damage: (m) => { renameSync(m.file('tokenizer.json'), m.file('vocab.json')); } },
    { name: 'no JSON', code: 'tokenizer-unsupported', says: /not valid JSON/, damage: (m) => { m.write('tokenizer.json', '{"model":'); } },
    { name: 'another schema', code: 'tokenizer-unsupported', says: /no model/, damage: (m) => { m.write('tokenizer.json', '{"vocab": ["a", "b"]}'); } },
    tokenizer('a vocabulary that is a list', (json) => { json['model'] = { type: 'BPE', vocab: [1, 2] }; }, 'tokenizer-unsupported', /vocabulary/),
    tokenizer('an unknown part', (json) => { json['pre_tokenizer'] = { type: 'Foo' }; }, 'tokenizer-unsupported', /pre_tokenizer Foo/),
    tokenizer('an unknown decoder', (json) => { json['decoder'] = { type: 'Foo' }; }, 'tokenizer-unsupported', /decoder Foo/),
    { name: 'a tokenizer_config.json that is no JSON', code: 'tokenizer-unsupported', says: /tokenizer_config.json/, damage: (m) => { m.write('tokenizer_config.json', '{'); } },
  ]); // prettier-ignore

  for (const command of ['generate', 'score', 'edit', 'batch']) {
    it(`a token that the model has no row for (${command})`, async () => {
      const model = new DamagedModel(GPT2, place);
      model.edit('tokenizer.json', (json) => {
        const added = { id: 5000, content: 'Who', special: false, lstrip: false, rstrip: false, normalized: false };
        (json['added_tokens'] as JsonObject[]).push({ ...added, single_word: false });
      });
      await refuse(command, model.folder, 'model-damaged', /token 5000.* 4096 tokens/);
    });
  }

  it('an end token that the model has no row for (edit)', async () => {
    const model = new DamagedModel(GPT2, place);
    writeFileSync(model.file('generation_config.json'), '{"eos_token_id": 70000}');
    await refuse('edit', model.folder, 'model-damaged', /token 70000/);
  });

  it('a pattern that takes for ever (generate)', async () => {
    const model = new DamagedModel(GPT2, place);
    model.edit('tokenizer.json', (json) => {
      json['pre_tokenizer'] = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false };
    });
    const ask = ['--prompt', `${'a'.repeat(40)}b`];
    await expectRefusal('tokenizer-unsupported', ['generate', '--model', model.folder, ...ask], /took longer/);
  });
});
