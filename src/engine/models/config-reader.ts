import { CodedError } from '../../protocol/coded-error.ts';

/** Keys that say how a model was trained, stored, or meant to be sampled; none of them changes the forward pass. */
const WITHOUT_EFFECT = new Set([
  '_name_or_path', '_model_name_or_path', '_commit_hash', '_from_model_config', '_attn_implementation', '_attn_implementation_autoset',
  '_attn_implementation_internal', 'attn_implementation', '_flash_attn_2_enabled', 'architectures', 'auto_map', 'model_type',
  'transformers_version', 'torch_dtype', 'dtype',
  'use_cache', 'initializer_range', 'gradient_checkpointing', 'output_attentions', 'output_hidden_states', 'return_dict',
  'bos_token_id', 'eos_token_id', 'eos_token_ids', 'pad_token_id', 'sep_token_id', 'unk_token_id', 'decoder_start_token_id',
  'forced_bos_token_id', 'forced_eos_token_id', 'suppress_tokens', 'begin_suppress_tokens', 'bad_words_ids',
  'task_specific_params', 'problem_type', 'id2label', 'label2id', 'num_labels', '_num_labels', 'finetuning_task',
  'tokenizer_class', 'prefix', 'bos_token', 'eos_token', 'pad_token', 'unk_token', 'model_max_length', 'max_sequence_length', 'neftune_noise_alpha',
  'attn_pdrop', 'embd_pdrop', 'resid_pdrop', 'attention_dropout', 'hidden_dropout', 'dropout', 'classifier_dropout',
  'activation_dropout', 'attention_probs_dropout_prob', 'hidden_dropout_prob', 'layerdrop', 'init_std', 'cache_implementation', 'custom_pipelines',
  'summary_activation', 'summary_first_dropout', 'summary_proj_to_labels', 'summary_type', 'summary_use_proj',
  'transformers.js_config', 'is_llama_config', 'is_encoder_decoder', 'chunk_size_feed_forward', 'torchscript', 'use_bfloat16',
  'initializer_factor', 'dropout_rate', 'seq_classif_dropout', 'qa_dropout', 'directionality', 'pooler_fc_size',
  'pooler_num_attention_heads', 'pooler_num_fc_layers', 'pooler_size_per_head', 'pooler_type', 'output_past',
  'max_length', 'min_length', 'do_sample', 'early_stopping', 'num_beams', 'temperature', 'top_k', 'top_p', 'typical_p',
  'repetition_penalty', 'length_penalty', 'no_repeat_ngram_size', 'encoder_no_repeat_ngram_size', 'num_return_sequences',
  'num_beam_groups', 'diversity_penalty', 'output_scores', 'return_dict_in_generate', 'remove_invalid_values',
  'exponential_decay_length_penalty', 'tf_legacy_loss', 'n_ctx', 'unsloth_version', 'unsloth_fixed',
  // DistilBERT's early word for tie_word_embeddings, which decides; what other libraries do with the logits, or with weights beside
  // these, whose tensors are refused where there are any.
  'tie_weights_', 'xla_device', 'sentence_transformers', 'sbert_ce_default_activation_function', 'adapters',
]); // prettier-ignore

/** The deepest published decoders have fewer than 200. */
const MAX_LAYERS = 10_000;

/** A value that switches nothing on, whatever its key means. */
const isNeutral = (value: unknown): boolean =>
  value === null || value === false || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/**
 * Reads config.json for one model family and remembers which keys it read, so that `finish` can refuse the ones that nobody
 * handled: a model is never run with a setting ignored that might change its mathematics.
 */
export class ConfigReader {
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #read = new Set<string>();

  constructor(config: Readonly<Record<string, unknown>>, where = 'config.json') {
    this.#config = config;
    this.#where = where;
  }

  has(key: string): boolean {
    return this.#config[key] !== undefined && this.#config[key] !== null;
  }

  /** A positive whole number, such as a size. */
  size(key: string, otherwise?: number): number {
    const value = this.#take(key, otherwise);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < 2 ** 31) return value;
    throw this.#wrong(key, value, 'a positive whole number');
  }

  /** A whole number from 0 on, such as a token id. */
  index(key: string, otherwise: number): number {
    const value = this.#take(key, otherwise) ?? otherwise;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31) return value;
    throw this.#wrong(key, value, 'a whole number from 0 on');
  }

  /** How many blocks there are, one behind the other; what is made for each of them is made before any weight is looked for. */
  layers(key: string, otherwise?: number): number {
    const value = this.size(key, otherwise);
    if (value <= MAX_LAYERS) return value;
    throw this.#wrong(key, value, `at most ${MAX_LAYERS}`);
  }

  number(key: string, otherwise?: number): number {
    const value = this.#take(key, otherwise);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.#wrong(key, value, 'a number');
  }

  /** A number above 0, such as a factor or what keeps a division apart from 0. */
  positive(key: string, otherwise?: number): number {
    const value = this.number(key, otherwise);
    if (value > 0) return value;
    throw this.#wrong(key, value, 'a number above 0');
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.#take(key, otherwise);
    if (typeof value === 'boolean') return value;
    throw this.#wrong(key, value, 'true or false');
  }

  text(key: string, otherwise?: string): string {
    const value = this.#take(key, otherwise);
    if (typeof value === 'string') return value;
    throw this.#wrong(key, value, 'a text');
  }

  /** Numbers in a list. */
  numbers(key: string): readonly number[] {
    const value = this.#take(key, undefined);
    if (Array.isArray(value) && value.every((item): item is number => Number.isFinite(item))) return value;
    throw this.#wrong(key, value, 'a list of numbers');
  }

  /** Texts in a list, or undefined where the key is absent or null. */
  texts(key: string): readonly string[] | undefined {
    const value = this.#take(key, null);
    if (value === null) return undefined;
    if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
    throw this.#wrong(key, value, 'a list of texts');
  }

  /** Names by number, `{"0": "no", "1": "yes"}`, without a gap; undefined where the key is absent or null. */
  labels(key: string): readonly string[] | undefined {
    const value = this.#take(key, null);
    if (value === null) return undefined;
    const names = typeof value === 'object' ? Object.entries(value) : [];
    const sorted = Array.from(names, (_, at) => (value as Readonly<Record<string, unknown>>)[at]);
    if (names.length > 0 && sorted.every((name): name is string => typeof name === 'string')) return sorted;
    throw this.#wrong(key, value, 'a name for each number from 0 on');
  }

  /** What `read` makes of the key; undefined where it is null. To many a setting null means "none", and absent a default. */
  unlessNull<T>(key: string, read: (key: string) => T): T | undefined {
    if (this.#config[key] !== null) return read(key);
    this.#read.add(key);
    return undefined;
  }

  /** A nested object with its own reader, or undefined where the key is absent or null. */
  nested(key: string): ConfigReader | undefined {
    const value = this.#take(key, null);
    if (value === null) return undefined;
    if (typeof value === 'object' && !Array.isArray(value)) {
      return new ConfigReader(value as Readonly<Record<string, unknown>>, `${key} of ${this.#where}`);
    }
    throw this.#wrong(key, value, 'an object');
  }

  /** Refuses any value but the one this engine computes with. */
  require(key: string, only: boolean | number | string): void {
    const value = this.#take(key, only);
    if (value !== only) throw this.#unsupported(key, value);
  }

  unsupported(key: string): CodedError {
    return this.#unsupported(key, this.#config[key]);
  }

  /** Refuses every key that was not read, unless it is known to have no effect or switches nothing on. */
  finish(): void {
    for (const [key, value] of Object.entries(this.#config)) {
      if (!this.#read.has(key) && !WITHOUT_EFFECT.has(key) && !isNeutral(value)) throw this.#unsupported(key, value);
    }
  }

  #take(key: string, otherwise: unknown): unknown {
    this.#read.add(key);
    const value = Object.hasOwn(this.#config, key) ? this.#config[key] : undefined;
    if (value !== undefined && value !== null) return value;
    if (otherwise !== undefined) return otherwise;
    throw new CodedError(
      'model-damaged',
      `${this.#where} lacks the key ${key}.`,
      'Check that the model folder is complete.',
      { key },
    );
  }

  #wrong(key: string, value: unknown, kind: string): CodedError {
    return new CodedError(
      'model-damaged',
      `${shortened(key)} in ${this.#where} should be ${kind}, but is ${brief(value)}.`,
      'Check that config.json is the one that came with the model.',
      { key },
    );
  }

  #unsupported(key: string, value: unknown): CodedError {
    return new CodedError(
      'model-unsupported',
      `${this.#where} sets ${shortened(key)} to ${brief(value)}, which this engine does not compute.`,
      'The model is refused rather than run wrongly; use another checkpoint.',
      { key, value },
    );
  }
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? 'absent' : shortened(text);
}

/** Keys and values of a damaged file may have any length. */
const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
