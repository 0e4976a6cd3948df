import { readFileSync } from 'node:fs';
import path from 'node:path';
import { quantiseQ8 } from './gguf-blocks.ts';
import { f32Tensor, ggufBytes, TYPE_NUMBERS, type GgufTensor, type GgufValue } from './gguf-file.ts';

type Json = Readonly<Record<string, unknown>>;
type Values = Readonly<Record<string, GgufValue>>;

interface Tensor {
  readonly shape: readonly number[];
  readonly numbers: Float32Array;
}

/** Where a family's tensors go, as convert_hf_to_gguf.py of llama.cpp puts them there. */
interface Conversion {
  readonly architecture: string;
  readonly names: readonly (readonly [pattern: RegExp, name: string])[];
  keys(config: Json): Values;
  change?(name: string, tensor: Tensor, config: Json): Tensor;
}

const GATED_NAMES: Conversion['names'] = [
  [/^model\.embed_tokens\./, 'token_embd.'],
  [/^model\.norm\./, 'output_norm.'],
  [/^lm_head\./, 'output.'],
  [/^model\.layers\.(\d+)\.input_layernorm\./, 'blk.$1.attn_norm.'],
  [/^model\.layers\.(\d+)\.post_attention_layernorm\./, 'blk.$1.ffn_norm.'],
  [/^model\.layers\.(\d+)\.self_attn\.o_proj\./, 'blk.$1.attn_output.'],
  [/^model\.layers\.(\d+)\.self_attn\.([qkv])_proj\./, 'blk.$1.attn_$2.'],
  [/^model\.layers\.(\d+)\.self_attn\.([qk])_norm\./, 'blk.$1.attn_$2_norm.'],
  [/^model\.layers\.(\d+)\.mlp\.(gate|up|down)_proj\./, 'blk.$1.ffn_$2.'],
];

const number = (config: Json, key: string, otherwise?: number): number => {
  const value = config[key] ?? otherwise;
  if (typeof value !== 'number') throw new Error(`The config has no number ${key}.`);
  return value;
};

function gatedKeys(architecture: string): Conversion['keys'] {
  return (config) => {
    const rope = (config['rope_parameters'] ?? {}) as Json;
    const headDim = number(config, 'head_dim', number(config, 'hidden_size') / number(config, 'num_attention_heads'));
    const keys: Values = {
      block_count: { u32: number(config, 'num_hidden_layers') },
      context_length: { u32: number(config, 'max_position_embeddings') },
      embedding_length: { u32: number(config, 'hidden_size') },
      feed_forward_length: { u32: number(config, 'intermediate_size') },
      'attention.head_count': { u32: number(config, 'num_attention_heads') },
      'attention.head_count_kv': { u32: number(config, 'num_key_value_heads') },
      'attention.key_length': { u32: headDim },
      'attention.value_length': { u32: headDim },
      'attention.layer_norm_rms_epsilon': { f32: number(config, 'rms_norm_eps') },
      'rope.freq_base': { f32: number(config, 'rope_theta', number(rope, 'rope_theta', 10000)) },
      'rope.dimension_count': { u32: headDim },
    };
    return prefixed(architecture, keys);
  };
}

const prefixed = (architecture: string, keys: Values): Values =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${architecture}.${key}`, value]));

/** LlamaModel.permute: reshape (heads, 2, d / 2, rest) and swap the middle axes, so that pairs that turn together are neighbours. */
function permuted({ shape, numbers }: Tensor, heads: number): Tensor {
  const [rows, width = 1] = shape as readonly [number, number?];
  const half = rows / heads / 2;
  const result = new Float32Array(numbers.length);
  for (let head = 0; head < heads; head++) {
    for (let side = 0; side < 2; side++) {
      for (let j = 0; j < half; j++) {
        const from = (head * 2 + side) * half + j;
        const to = (head * half + j) * 2 + side;
        result.set(numbers.subarray(from * width, (from + 1) * width), to * width);
      }
    }
  }
  return { shape, numbers: result };
}

function transposed({ shape, numbers }: Tensor): Tensor {
  const [rows, columns] = shape as readonly [number, number];
  const result = new Float32Array(numbers.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = numbers[r * columns + c]!;
  return { shape: [columns, rows], numbers: result };
}

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  LlamaForCausalLM: {
    architecture: 'llama',
    names: GATED_NAMES,
    keys: gatedKeys('llama'),
    change: (name, tensor, config) => {
      const side = /attn_([qk])\.(weight|bias)$/.exec(name)?.[1];
      if (side === undefined) return tensor;
      return permuted(tensor, number(config, side === 'q' ? 'num_attention_heads' : 'num_key_value_heads'));
    },
  },
  Qwen2ForCausalLM: { architecture: 'qwen2', names: GATED_NAMES, keys: gatedKeys('qwen2') },
  Qwen3ForCausalLM: { architecture: 'qwen3', names: GATED_NAMES, keys: gatedKeys('qwen3') },
  GPT2LMHeadModel: {
    architecture: 'gpt2',
    names: [
      [/^transformer\.wte\./, 'token_embd.'],
      [/^transformer\.wpe\./, 'position_embd.'],
      [/^transformer\.ln_f\./, 'output_norm.'],
      [/^lm_head\./, 'output.'],
      [/^transformer\.h\.(\d+)\.ln_1\./, 'blk.$1.attn_norm.'],
      [/^transformer\.h\.(\d+)\.ln_2\./, 'blk.$1.ffn_norm.'],
      [/^transformer\.h\.(\d+)\.attn\.c_attn\./, 'blk.$1.attn_qkv.'],
      [/^transformer\.h\.(\d+)\.attn\.c_proj\./, 'blk.$1.attn_output.'],
      [/^transformer\.h\.(\d+)\.mlp\.c_fc\./, 'blk.$1.ffn_up.'],
      [/^transformer\.h\.(\d+)\.mlp\.c_proj\./, 'blk.$1.ffn_down.'],
    ],
    keys: (config) =>
      prefixed('gpt2', {
        block_count: { u32: number(config, 'n_layer') },
        context_length: { u32: number(config, 'n_positions') },
        embedding_length: { u32: number(config, 'n_embd') },
        feed_forward_length: { u32: number(config, 'n_inner') },
        'attention.head_count': { u32: number(config, 'n_head') },
        'attention.layer_norm_epsilon': { f32: number(config, 'layer_norm_epsilon') },
      }),
    change: (name, tensor) =>
      /(attn_qkv|attn_output|ffn_up|ffn_down)\.weight$/.test(name) ? transposed(tensor) : tensor,
  },
};

/** Which architectures of config.json can be written as GGUF. */
export const CONVERTED: readonly string[] = Object.keys(CONVERSIONS);

/** A folder with one safetensors file in float32, as a GGUF file: matrices in float32 or as Q8_0. */
export function ggufOfFolder(
  folder: string,
  { matrices, pre, more = [] }: { matrices: 'F32' | 'Q8_0'; pre: string; more?: readonly GgufTensor[] },
): Uint8Array<ArrayBuffer> {
  const config = readJson(path.join(folder, 'config.json'));
  const conversion = CONVERSIONS[(config['architectures'] as readonly string[])[0]!]!;
  const tensors = readTensors(path.join(folder, 'model.safetensors')).map(([name, tensor]): GgufTensor => {
    const rule = conversion.names.find(([pattern]) => pattern.test(name));
    if (!rule) throw new Error(`${name} has no name in GGUF.`);
    const renamed = name.replace(rule[0], rule[1]);
    const { shape, numbers } = conversion.change?.(renamed, tensor, config) ?? tensor;
    // llama.cpp too keeps what does not fit into blocks as it is.
    if (shape.length === 1 || matrices === 'F32' || shape[1]! % 32 !== 0) return f32Tensor(renamed, shape, numbers);
    return { name: renamed, shape, type: TYPE_NUMBERS.Q8_0, bytes: quantiseQ8(numbers) };
  });
  const metadata = {
    'general.architecture': { text: conversion.architecture },
    ...conversion.keys(config),
    ...tokenizerKeys(readJson(path.join(folder, 'tokenizer.json')), pre),
  };
  return ggufBytes(metadata, [...tensors, ...more]);
}

/** The metadata of a byte-level BPE, or of SentencePiece's where tokens of bytes are for what has no other. */
export function tokenizerKeys(json: Json, pre: string): Values {
  const model = json['model'] as {
    vocab: Record<string, number>;
    merges: (string | [string, string])[];
    byte_fallback: boolean;
  };
  const added = json['added_tokens'] as readonly {
    readonly id: number;
    readonly content: string;
    readonly special: boolean;
  }[];
  const special = new Map(added.map(({ id, special }) => [id, special]));
  const entries = [...Object.entries(model.vocab), ...added.map(({ content, id }): [string, number] => [content, id])];
  const tokens: string[] = [];
  for (const [token, id] of entries) tokens[id] = token;
  const type = (token: string, id: number): number => {
    if (token === '<unk>') return 2;
    if (special.has(id)) return special.get(id) === true ? 3 : 4;
    return model.byte_fallback && /^<0x..>$/.test(token) ? 6 : 1;
  };
  const idOf = (token: string): number => tokens.indexOf(token);
  const merges = model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
  const joined = new Map(merges.map((merge, rank) => [merge.replace(' ', ''), -rank]));
  return {
    'tokenizer.ggml.model': { text: model.byte_fallback ? 'llama' : 'gpt2' },
    'tokenizer.ggml.tokens': { texts: tokens },
    'tokenizer.ggml.token_type': { i32s: tokens.map(type) },
    ...(model.byte_fallback
      ? { 'tokenizer.ggml.scores': { f32s: tokens.map((token) => joined.get(token) ?? -1e4) } }
      : { 'tokenizer.ggml.pre': { text: pre }, 'tokenizer.ggml.merges': { texts: merges } }),
    ...ids(
      { bos: ['<s>', '<|begin_of_text|>'], eos: ['</s>', '<|end_of_text|>', '<|endoftext|>'], unknown: ['<unk>'] },
      idOf,
    ),
  };
}

function ids(roles: Readonly<Record<string, readonly string[]>>, idOf: (token: string) => number): Values {
  const found = Object.entries(roles).map(([role, names]) => [role, names.map(idOf).find((id) => id >= 0)] as const);
  return Object.fromEntries(
    found.flatMap(([role, id]) =>
      id === undefined ? [] : [[`tokenizer.ggml.${role}_token_id`, { u32: id }] as const],
    ),
  );
}

const readJson = (file: string): Json => JSON.parse(readFileSync(file, 'utf8')) as Json;

function readTensors(file: string): readonly (readonly [string, Tensor])[] {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { shape: number[]; dtype: string; data_offsets: [number, number] }
  >;
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(
      ([
        name,
        {
          shape,
          dtype,
          data_offsets: [start, end],
        },
      ]) => {
        const { buffer } = Uint8Array.from(bytes.subarray(8 + length + start, 8 + length + end));
        if (dtype === 'F32') return [name, { shape, numbers: new Float32Array(buffer) }];
        if (dtype !== 'BF16') throw new Error(`${name} is ${dtype}.`);
        const bits = Uint32Array.from(new Uint16Array(buffer), (half) => half << 16);
        return [name, { shape, numbers: new Float32Array(bits.buffer) }];
      },
    );
}
