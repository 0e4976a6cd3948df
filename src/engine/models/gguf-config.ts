import { CodedError } from '../../protocol/coded-error.ts';
import type { GgufMetadata } from '../weights/gguf-metadata.ts';
import type { JsonObject } from '../weights/json-file.ts';
import type { TensorLocation } from '../weights/safetensors.ts';

type Tensors = ReadonlyMap<string, TensorLocation>;
type MakeConfig = (keys: ArchitectureKeys, tensors: Tensors) => Readonly<Record<string, unknown>>;

/** config.json by the architecture that a GGUF file names: what the family of that architecture reads. */
const ARCHITECTURES: Readonly<Record<string, MakeConfig>> = {
  llama: (keys, tensors) => ({
    architectures: ['LlamaForCausalLM'],
    ...gated(keys, tensors),
    attention_bias: tensors.has('blk.0.attn_q.bias'),
    mlp_bias: tensors.has('blk.0.ffn_up.bias'),
  }),
  qwen2: (keys, tensors) => ({
    architectures: ['Qwen2ForCausalLM'],
    ...gated(keys, tensors),
    use_sliding_window: false,
  }),
  qwen3: (keys, tensors) => ({
    architectures: ['Qwen3ForCausalLM'],
    ...gated(keys, tensors),
    attention_bias: tensors.has('blk.0.attn_q.bias'),
    use_sliding_window: false,
  }),
  gpt2,
};

/** Keys of an architecture that describe a file or an optimisation and change no number. */
const WITHOUT_EFFECT = new Set(['tensor_data_layout', 'vocab_size', 'rope.scaling.finetuned']);

/**
 * What config.json would say of the model in a GGUF file.
 *
 * @throws CodedError `model-unsupported` naming the architecture, or the key of it that is not computed here; GgufFault when a
 * key is missing or is of another type than it should be.
 */
export function ggufConfig(metadata: GgufMetadata, tensors: Tensors): JsonObject {
  const name = metadata.text('general.architecture') ?? '';
  const make = Object.hasOwn(ARCHITECTURES, name) ? ARCHITECTURES[name] : undefined;
  if (make === undefined) throw unsupported('general.architecture', name);
  requireWholeModel(metadata);
  const keys = new ArchitectureKeys(metadata, name);
  const config = make(keys, tensors);
  keys.finish();
  return { ...config, tie_word_embeddings: !tensors.has('output.weight') };
}

/** Which architectures of GGUF files are computed here. */
export const GGUF_ARCHITECTURES: readonly string[] = Object.keys(ARCHITECTURES);

function requireWholeModel(metadata: GgufMetadata): void {
  if ((metadata.number('split.count') ?? 1) > 1) throw unsupported('split.count', metadata.number('split.count'));
  const type = metadata.text('general.type') ?? 'model';
  if (type !== 'model') throw unsupported('general.type', type);
}

/** What decoders of Llama's kind have in common. */
function gated(keys: ArchitectureKeys, tensors: Tensors): Readonly<Record<string, unknown>> {
  const width = keys.number('embedding_length');
  const heads = keys.number('attention.head_count');
  const headDim = keys.number('attention.key_length', width / heads);
  keys.require('attention.value_length', headDim);
  keys.require('rope.dimension_count', headDim);
  return {
    hidden_size: width,
    num_attention_heads: heads,
    num_key_value_heads: keys.number('attention.head_count_kv', heads),
    head_dim: headDim,
    num_hidden_layers: keys.number('block_count'),
    intermediate_size: keys.number('feed_forward_length'),
    vocab_size: vocabulary(tensors),
    max_position_embeddings: keys.number('context_length'),
    rms_norm_eps: keys.number('attention.layer_norm_rms_epsilon'),
    rope_theta: keys.number('rope.freq_base', 10000),
    rope_scaling: ropeScaling(keys),
    hidden_act: 'silu',
  };
}

function gpt2(keys: ArchitectureKeys, tensors: Tensors): Readonly<Record<string, unknown>> {
  const context = keys.number('context_length');
  return {
    architectures: ['GPT2LMHeadModel'],
    n_embd: keys.number('embedding_length'),
    n_head: keys.number('attention.head_count'),
    n_layer: keys.number('block_count'),
    n_inner: keys.number('feed_forward_length'),
    vocab_size: vocabulary(tensors),
    n_positions: tensors.get('position_embd.weight')?.shape[0] ?? context,
    layer_norm_epsilon: keys.number('attention.layer_norm_epsilon'),
    activation_function: 'gelu_new',
  };
}

/** Rows of the embedding; files differ on whether `vocab_size` counts padding. */
function vocabulary(tensors: Tensors): number {
  const rows = tensors.get('token_embd.weight')?.shape[0];
  if (rows !== undefined) return rows;
  throw new CodedError(
    'model-damaged',
    'The weights lack the tensor token_embd.weight.',
    'Download the file again from where the model came from.',
  );
}

/** As llama.cpp reads it: a factor without a kind is a linear one. */
function ropeScaling(keys: ArchitectureKeys): Readonly<Record<string, unknown>> | null {
  const factor = keys.number('rope.scaling.factor', keys.number('rope.scale_linear', 1));
  const kind = keys.text('rope.scaling.type', 'linear');
  keys.number('rope.scaling.original_context_length', 0);
  if (kind !== 'none' && kind !== 'linear') throw keys.unsupported('rope.scaling.type', kind);
  return kind === 'none' || factor === 1 || factor === 0 ? null : { rope_type: 'linear', factor };
}

/** The keys of an architecture; remembers which were read, so that `finish` can refuse the others. */
class ArchitectureKeys {
  readonly #metadata: GgufMetadata;
  readonly #prefix: string;
  readonly #read = new Set<string>();

  constructor(metadata: GgufMetadata, architecture: string) {
    this.#metadata = metadata;
    this.#prefix = `${architecture}.`;
  }

  number(key: string, otherwise?: number): number {
    const name = this.#take(key);
    const value = this.#metadata.isList(name) ? this.#sameForAll(name) : this.#metadata.number(name);
    const number = value ?? otherwise;
    if (number !== undefined) return shortest(number);
    throw new CodedError(
      'model-damaged',
      `The GGUF file lacks the key ${name}.`,
      'Download the file again from where the model came from.',
      { key: name },
    );
  }

  text(key: string, otherwise: string): string {
    return this.#metadata.text(this.#take(key)) ?? otherwise;
  }

  /** Refuses any value but the one that is computed with. */
  require(key: string, only: number): void {
    const value = this.number(key, only);
    if (value !== only) throw this.unsupported(key, value);
  }

  unsupported(key: string, value: unknown): CodedError {
    return unsupported(this.#prefix + key, value);
  }

  /** Refuses every key that was not read, unless it has no effect or switches nothing on. */
  finish(): void {
    for (const name of this.#metadata.keys) {
      if (!name.startsWith(this.#prefix) || this.#read.has(name)) continue;
      if (WITHOUT_EFFECT.has(name.slice(this.#prefix.length))) continue;
      const value = this.#metadata.isList(name) ? 'a list' : this.#metadata.scalar(name);
      if (value !== 0 && value !== false && value !== '') throw unsupported(name, value);
    }
  }

  /** A list with a number for each layer, where all layers have the same. */
  #sameForAll(name: string): number | undefined {
    const [first, ...others] = this.#metadata.numbers(name)!;
    if (others.some((other) => other !== first)) throw unsupported(name, 'another number for each layer');
    return first;
  }

  #take(key: string): string {
    const name = this.#prefix + key;
    this.#read.add(name);
    return name;
  }
}

/** The decimal that was meant: 1e-5 is stored as the float32 nearest to it, 9.999999747378752e-6. */
function shortest(value: number): number {
  const decimals = [6, 7, 8, 9].map((digits) => Number(value.toPrecision(digits)));
  return decimals.find((decimal) => Math.fround(decimal) === value) ?? value;
}

function unsupported(key: string, value: unknown): CodedError {
  return new CodedError(
    'model-unsupported',
    `The GGUF file sets ${key} to ${brief(value)}, which this engine does not compute.`,
    `The model is refused rather than run wrongly; it computes files of: ${Object.keys(ARCHITECTURES).join(', ')}.`,
    { key, value },
  );
}

const brief = (value: unknown): string => JSON.stringify(value).slice(0, 100);
