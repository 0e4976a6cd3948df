import path from 'node:path';
import { byteLevelBytes, isByteToken, readDecoder, runStages, type Detokenizer } from './detokenizer.ts';
import { isJsonObject, readJsonObject, unusable } from './json-file.ts';
import { StreamDecoder, type DecodeOptions, type TokenSource } from './stream-decoder.ts';
import { noTokenizer, readTokenizerConfig, type TokenizerConfig } from './tokenizer-config.ts';
import { readDefinition, type TokenizerDefinition } from './tokenizer-definition.ts';
import { TokenizerLibrary, type Encoding } from './tokenizer-library.ts';

export interface EncodeOptions {
  /** Add the tokens that the model expects around a text, like `<s>`; true unless said otherwise. */
  readonly addSpecialTokens?: boolean;
}

// The largest published tokenizer.json has 33 MB.
const MAX_TOKENIZER_BYTES = 100_000_000;

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
  /** The id that stands for a word to be filled in; undefined where the tokenizer's files name none. */
  readonly maskId: number | undefined;
  private readonly library: TokenizerLibrary;
  private readonly specialIds: ReadonlySet<number | undefined>;

  constructor(definition: TokenizerDefinition, detokenizer: Detokenizer, config: TokenizerConfig) {
    this.library = new TokenizerLibrary(definition);
    this.detokenizer = detokenizer;
    this.chatTemplate = config.chatTemplate;
    this.specialTokens = config.specialTokens;
    this.vocabularySize = this.library.tokens.length;
    const roles = Object.entries(config.specialTokens).map(
      ([role, token]) => [role, this.library.idOf(token)] as const,
    );
    this.bosId = new Map(roles).get('bos_token');
    this.eosId = new Map(roles).get('eos_token');
    this.maskId = new Map(roles).get('mask_token');
    const marked = definition.added_tokens.filter((token) => token.special).map((token) => token.id);
    this.specialIds = new Set([...marked, ...roles.map(([, id]) => id)]);
  }

  /**
   * The ids of `text`.
   *
   * @throws CodedError `tokenizer-unsupported` when the vocabulary has no token for a part of it and none for unknown
   * ones, or when its patterns take too long.
   */
  encode(text: string, { addSpecialTokens = true }: EncodeOptions = {}): number[] {
    return this.library.encode(text, null, addSpecialTokens).ids;
  }

  /** The ids of two texts that belong together, and for each id which of the two (0 or 1) it is of. Errors as encode. */
  encodePair(first: string, second: string): Encoding {
    return this.library.encode(first, second, true);
  }

  /** The text of `ids`; ids without a token are left out. Spaces stay as the tokens have them. */
  decode(ids: readonly number[], options: DecodeOptions = {}): string {
    const decoder = new StreamDecoder(this, [], options);
    return ids.map((id) => decoder.push(id)).join('') + decoder.flush();
  }

  /** The text that a token shows as within a text, its leading space included; a part of a character as `<0xE2>`. */
  tokenText(id: number): string {
    const token = this.token(id);
    if (token === undefined) return '';
    if (isByteToken(token)) return token;
    const stages = this.detokenizer();
    runStages(stages, ['x'], true);
    const text = runStages(stages, [token], true);
    return text.includes('\uFFFD') ? Array.from(byteLevelBytes(token), hex).join('') : text;
  }

  token(id: number): string | undefined {
    return this.library.tokens[id];
  }

  isSpecial(id: number): boolean {
    return this.specialIds.has(id);
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
  const config = readTokenizerConfig(folder);
  const { normalizer } = json;
  const isBerts = isJsonObject(normalizer) && normalizer['type'] === 'BertNormalizer';
  const changed = isBerts ? { ...json, normalizer: { ...normalizer, ...config.bertNormalizer } } : json;
  const definition = readDefinition(changed, file);
  const detokenizer = readDecoder(json['decoder']);
  try {
    return new TextTokenizer(definition, detokenizer, config);
  } catch (error) {
    throw unusable(file, `cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}
