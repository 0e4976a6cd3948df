import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { decodeExchange, encodeExchange } from '../../src/engine/grace/exchange-file.ts';
import { readJournal } from '../../src/engine/grace/journal-lines.ts';
import { readManifest } from '../../src/engine/grace/manifest.ts';
import { StoredEdits } from '../../src/engine/grace/stored-edits.ts';
import { encodeVectors } from '../../src/engine/grace/vectors.ts';
import { readNetwork } from '../../src/engine/models/families.ts';
import { Forward } from '../../src/engine/models/forward.ts';
import { loadTokenizer } from '../../src/engine/text/tokenizer.ts';
import { renderChat } from '../../src/engine/text/chat-template.ts';
import { explained, readGgufHeader } from '../../src/engine/weights/gguf.ts';
import { readJsonObject } from '../../src/engine/weights/json-file.ts';
import { readSafetensorsHeader } from '../../src/engine/weights/safetensors.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/engine/weights/safetensors-bytes.ts';
import { CodedError } from '../../src/protocol/coded-error.ts';
import type { JournalRecord } from '../../src/protocol/edit.ts';
import { f32Tensor, ggufBytes, TYPE_NUMBERS } from '../support/gguf-file.ts';
import type { Parser } from './fuzz.ts';

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

const MANIFEST = {
  ...{ format: 'grace-codebook', version: 1, created: '2026-01-01T00:00:00.000Z', router: 'grace', dIn: 2, dOut: 3 },
  model: { name: 'demo', architecture: 'LlamaForCausalLM', fingerprint: 'f00d' },
  hook: { replace: 'model.layers.2', key: 'model.layers.2:input' },
  radius: { radius: 1, prompts: 100 },
} as const;

/** Builds as far as the first weight, which is missing. */
function refused(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
  }
}

/** A journal with every kind of record, and the vectors of its edits. */
function sampleEdits(): StoredEdits {
  const stored = new StoredEdits();
  const at = '2026-01-01T00:00:00.000Z';
  const edit = (number: number, x: number): void => {
    const own = { keys: [Float32Array.of(x, 0), Float32Array.of(x, 0.25)], value: Float32Array.of(x, 1, 2) };
    stored.vectors.set(number, own);
    stored.history.replay({
      ...{
        op: 'edit',
        edit: number,
        at,
        prompt: { kind: 'text', text: `at ${x}` },
        target: 'there',
        label: [number, 5],
      },
      rephrasings: [{ kind: 'chat', messages: [{ role: 'user', content: 'Where? “…” 🙂' }] }],
      ...{ radius: 1, replace: 'replace_last', vectors: encodeVectors(own, 3).name, before: 'here', after: 'there' },
      training: { start: 'warm', learningRate: 0.1, steps: 7, rows: 1, firstLoss: 3, lastLoss: 0.1, success: true },
    });
  };
  edit(1, 0);
  edit(2, 1.5);
  edit(3, 9);
  const words: readonly JournalRecord[] = [
    { op: 'disable', edit: 2, at },
    { op: 'annotate', edit: 1, at, title: 'a title', note: 'a note', tags: ['a', 'b'] },
    { op: 'radius', edit: 3, at, radius: 0.5 },
    { op: 'revert', edit: 3, at },
  ];
  for (const word of words) stored.history.replay(word);
  return stored;
}

const COMMON = { vocab_size: 100, hidden_size: 32, num_attention_heads: 4, num_hidden_layers: 3, max_position_embeddings: 64 }; // prettier-ignore
const GATED = { ...COMMON, intermediate_size: 48, num_key_value_heads: 2 };
const SCALING = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 }; // prettier-ignore
const LAYERS = { sliding_window: 16, layer_types: ['full_attention', 'sliding_attention', 'full_attention'] };
const CONFIGS = [
  { architectures: ['GPT2LMHeadModel'], n_embd: 32, n_head: 4, n_layer: 3, vocab_size: 100, n_positions: 64 },
  { architectures: ['LlamaForCausalLM'], ...GATED, rope_theta: 1e4, rope_scaling: SCALING, head_dim: 8 },
  { architectures: ['GPTNeoXForCausalLM'], ...COMMON, intermediate_size: 48, rotary_pct: 0.25 },
  { architectures: ['OPTForCausalLM'], ...COMMON, ffn_dim: 48, word_embed_proj_dim: 32, do_layer_norm_before: true },
  { architectures: ['MistralForCausalLM'], ...GATED, sliding_window: 16 },
  { architectures: ['Qwen3ForCausalLM'], ...GATED, head_dim: 16, tie_word_embeddings: true },
  { architectures: ['Gemma2ForCausalLM'], ...GATED, ...LAYERS, head_dim: 8, attn_logit_softcapping: 4 },
  { architectures: ['Gemma3ForCausalLM'], ...GATED, ...LAYERS, head_dim: 8 },
  { architectures: ['Phi3ForCausalLM'], ...GATED, rope_scaling: null },
];

const TOKENIZER = {
  added_tokens: [{ id: 3, content: '<s>', special: true, lstrip: false, rstrip: false, normalized: false, single_word: false }], // prettier-ignore
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: ' +' }, content: ' ' }] }, // prettier-ignore
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false },
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2, c: 4 }, merges: ['a b'], unk_token: null, byte_fallback: false },
};
const WORDS = {
  ...TOKENIZER,
  ...{ normalizer: { type: 'BertNormalizer', clean_text: true, lowercase: true }, pre_tokenizer: { type: 'BertPreTokenizer' } }, // prettier-ignore
  ...{ post_processor: null, decoder: { type: 'WordPiece', prefix: '##', cleanup: true } },
  model: { type: 'WordPiece', vocab: { '[UNK]': 0, a: 1, '##b': 2 }, unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 }, // prettier-ignore
};
const TEMPLATE = `{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ bos_token + 'hi' }}
{%- endif %}{% set n = range(10) | length %}{{ message['role'] | upper + ': ' + message.content | trim ~ n * 3 }}{% endfor %}
{%- macro f(x) %}{{ x[:2] }}{% endmacro %}{% if add_generation_prompt %}{{ f('abc') }}{% else %}{{ raise_exception('no') }}{% endif %}`;

/** Every reader of files that other people make; those that read files do so in `folder`. */
export function parsers(folder: string): readonly Parser[] {
  const book = path.join(folder, 'book');
  const model = path.join(folder, 'model');
  mkdirSync(book, { recursive: true });
  mkdirSync(model, { recursive: true });
  const written = (name: string, bytes: Uint8Array): string => {
    const file = path.join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };
  const stored = sampleEdits();
  const tensors = new Map([
    ['a', { shape: [2, 2], data: Float32Array.of(1, 2, NaN, 4) }],
    ['b', { shape: [3], data: Float64Array.of(1, Infinity, 3) }],
  ]);
  const safetensors = Buffer.concat([...encodeSafetensors({ tensors, metadata: { format: 'pt', note: 'é' } })]);
  const exchange = encodeExchange({ manifest: MANIFEST, edits: stored }, stored.fold(2));
  const gguf = ggufBytes(
    {
      ...{ 'general.architecture': { text: 'llama' }, 'llama.block_count': { u32: 2 }, 'a.flag': { bool: true } },
      ...{ 'tokenizer.ggml.tokens': { texts: ['a', 'é', '🙂'] }, 'tokenizer.ggml.scores': { f32s: [0, -1, -2.5] } },
    },
    [
      f32Tensor('output_norm.weight', [8], new Float32Array(8).fill(1)),
      { name: 'token_embd.weight', shape: [3, 64], type: TYPE_NUMBERS.Q8_0, bytes: new Uint8Array(3 * 2 * 34) },
    ],
  );
  return [
    {
      name: 'safetensors header',
      samples: [safetensors],
      parse: (bytes) => void readSafetensorsHeader(written('model.safetensors', bytes)),
    },
    { name: 'safetensors in memory', samples: [safetensors], parse: (bytes) => void decodeSafetensors(bytes) },
    {
      name: 'GGUF header',
      samples: [gguf],
      parse: (bytes) => {
        const file = written('model.gguf', bytes);
        const { metadata } = readGgufHeader(file);
        for (const key of metadata.keys) {
          explained(file, () => (metadata.isList(key) ? undefined : metadata.scalar(key)));
        }
      },
    },
    {
      name: 'journal',
      samples: [Buffer.from(stored.history.records.map((record) => `${JSON.stringify(record)}\n`).join(''))],
      parse: (bytes) => {
        const edits = new StoredEdits();
        for (const { record } of readJournal(written('edits.jsonl', bytes)).lines) edits.history.replay(record);
      },
    },
    {
      name: 'codebook.json',
      samples: [json(MANIFEST)],
      parse: (bytes) => {
        written('book/codebook.json', bytes);
        readManifest(book);
      },
    },
    {
      name: 'exchange file',
      samples: [Buffer.concat([...encodeSafetensors(exchange)])],
      parse: (bytes) => void decodeExchange(bytes),
    },
    {
      name: 'config.json',
      samples: CONFIGS.map(json),
      parse: (bytes) => {
        const { network } = readNetwork(readJsonObject(written('config.json', bytes), 8 * 2 ** 20));
        refused(() => network.forward(new Forward(() => undefined)));
      },
    },
    {
      name: 'tokenizer.json',
      samples: [json(TOKENIZER), json(WORDS)],
      parse: (bytes) => {
        written('model/tokenizer.json', bytes);
        const tokenizer = loadTokenizer(model);
        tokenizer.decode(tokenizer.encode('ab  a é cab'));
      },
    },
    {
      name: 'chat template',
      samples: [Buffer.from(TEMPLATE)],
      parse: (bytes) => {
        const chatTemplate = Buffer.from(bytes).toString('utf8');
        const chat = [{ role: 'user', content: ' Hi ' }] as const;
        renderChat({ chatTemplate, specialTokens: { bos_token: '<s>' } }, chat);
      },
    },
  ];
}
