import path from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { CodedError } from '../../protocol/coded-error.ts';
import { byteLevelBytes, isByteToken, readDecoder, runStages, type Detokenizer } from './detokenizer.ts';
import { readJsonObject, unusable } from './json-file.ts';
import { StreamDecoder, type DecodeOptions, type TokenSource } from './stream-decoder.ts';
import { TimeLimitError, withinTime } from './time-limit.ts';
import { noTokenizer, readTokenizerConfig, type TokenizerConfig } from './tokenizer-config.ts';
import { readDefinition, type TokenizerDefinition } from './tokenizer-definition.ts';

export interface EncodeOptions {
  /** Add the tokens that the model expects around a text, like `<s>`; true unless said otherwise. */
  readonly addSpecialTokens?: boolean;
}

// The largest published tokenizer.json has 33 MB.
const MAX_TOKENIZER_BYTES = 100_000_000;
// Patterns come with the model and can take for ever; a megabyte of ordinary text takes seconds.
const MAX_ENCODE_MILLISECONDS = 20_000;

/** Text to token ids and back, as the model's own tokenizer.json says. */
export class TextTokenizer implements TokenSource {
  readonly detokenizer: Detokenizer;
  readonly chatTemplate: string | undefined;
  /** Role to token text, as in `eos_token` to `</s>`. */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** One more than the largest id; the model may have more rows. */
  readonly vocabularySize: number;
  /** The id that begins a text; undefined where the tokenizer's files name none. */
  readonly bosId: number | undefined;
  /** The id that ends a text; undefined where the tokenizer's files name none, though config.json may. */
  readonly eosId: number | undefined;
  private readonly library: Tokenizer;
  private readonly tokens: readonly (string | undefined)[];
  private readonly specialIds: ReadonlySet<number>;

  constructor(definition: TokenizerDefinition, detokenizer: Detokenizer, config: TokenizerConfig) {
    // Without tokenizer_config.json: it changes in the library what tokenizer.json alone says in Rust.
    this.library = new Tokenizer({ ...definition, decoder: null }, {});
    this.detokenizer = detokenizer;
    this.chatTemplate = config.chatTemplate;
    this.specialTokens = config.specialTokens;
    this.tokens = this.library.model?.vocab ?? [];
    this.vocabularySize = this.tokens.length;
    const named = new Map(
      Object.entries(config.specialTokens).map(([role, token]) => [role, this.library.token_to_id(token)]),
    );
    this.bosId = named.get('bos_token');
    this.eosId = named.get('eos_token');
    const marked = definition.added_tokens.filter((token) => token.special).map((token) => token.id);
    this.specialIds = new Set([...marked, ...[...named.values()].filter((id) => id !== undefined)]);
  }

  /**
   * The ids of `text`.
   *
   * @throws CodedError `tokenizer-unsupported` when the vocabulary has no token for a part of it and none for unknown
   * ones, or when its patterns take too long.
   */
  encode(text: string, { addSpecialTokens = true }: EncodeOptions = {}): number[] {
    return this.call(text, null, addSpecialTokens).ids;
  }

  /** The ids of two texts that belong together, and for each id which of the two (0 or 1) it is of. Errors as encode. */
  encodePair(first: string, second: string): { readonly ids: number[]; readonly typeIds: number[] } {
    const { ids, token_type_ids } = this.call(first, second, true);
    return { ids, typeIds: token_type_ids ?? ids.map(() => 0) };
  }

  /** The text of `ids`; ids without a token are left out. Spaces stay as the tokens have them. */
  decode(ids: readonly number[], options: DecodeOptions = {}): string {
    const decoder = new StreamDecoder(this, [], options);
    return ids.map((id) => decoder.push(id)).join('') + decoder.flush();
  }

  /** The text that a token shows as within a text, its leading space included; a part of a character as `<0xE2>`. */
  tokenText(id: number): string {
    const token = this.tokens[id] ?? '';
    if (isByteToken(token)) return token;
    const stages = this.detokenizer();
    runStages(stages, ['x'], true);
    const text = runStages(stages, [token], true);
    return text.includes('\uFFFD') ? Array.from(byteLevelBytes(token), hex).join('') : text;
  }

  token(id: number): string | undefined {
    return this.tokens[id];
  }

  isSpecial(id: number): boolean {
    return this.specialIds.has(id);
  }

  private call(
    text: string,
    pair: string | null,
    addSpecialTokens: boolean,
  ): { ids: number[]; token_type_ids?: number[] } {
    const options = { text_pair: pair, add_special_tokens: addSpecialTokens, return_token_type_ids: true as const };
    const encoding = this.limited(() => this.library.encode(text, options));
    if (encoding.ids.every((id: unknown) => typeof id === 'number')) return encoding;
    throw new CodedError(
      'tokenizer-unsupported',
      'The tokenizer has no token for a part of this text, and none for unknown parts.',
      'Write the text with other characters.',
      { text: text.slice(0, 200) },
    );
  }

  private limited<T>(work: () => T): T {
    try {
      return withinTime(MAX_ENCODE_MILLISECONDS, work);
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error;
      throw new CodedError(
        'tokenizer-unsupported',
        `The tokenizer needs more than ${MAX_ENCODE_MILLISECONDS / 1000} seconds for this text.`,
        'Shorten the text; if it is short, the patterns in tokenizer.json are at fault.',
      );
    }
  }
}

function hex(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/**
 * Loads the tokenizer of a model's folder: tokenizer.json, and beside it, where they are there, tokenizer_config.json,
 * special_tokens_map.json, chat_template.jinja and chat_template.json.
 *
 * @throws CodedError `model-not-found` without tokenizer.json; `tokenizer-unsupported` when that is not one or uses parts
 * that are not supported.
 */
export function loadTokenizer(folder: string): TextTokenizer {
  const file = path.join(folder, 'tokenizer.json');
  const json = readJsonObject(file, MAX_TOKENIZER_BYTES);
  if (json === undefined) throw noTokenizer(folder);
  const definition = readDefinition(json, file);
  const detokenizer = readDecoder(json['decoder']);
  const config = readTokenizerConfig(folder);
  try {
    return new TextTokenizer(definition, detokenizer, config);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw unusable(file, `cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}
