import { existsSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { isJsonObject, readJsonObject, readText, unusable, type JsonObject } from './json-file.ts';

/** What lies beside tokenizer.json: the roles of special tokens and the template of chats. */
export interface TokenizerConfig {
  /** Role to token text, as in `eos_token` to `</s>`. */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** The model's Jinja template for chats. */
  readonly chatTemplate: string | undefined;
}

/** The same, with what changes tokenizer.json itself. */
export interface FolderTokenizerConfig extends TokenizerConfig {
  /** Settings of BERT's normalizer that are in force whatever tokenizer.json says. */
  readonly bertNormalizer: JsonObject;
}

const MAX_CONFIG_BYTES = 8 * 2 ** 20;
const MAX_TEMPLATE_BYTES = 2 ** 20;
const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((role) => `${role}_token`);

/**
 * Reads tokenizer_config.json, special_tokens_map.json and the template files of `folder`; each may be missing.
 *
 * The template is `chat_template.jinja`, or else `chat_template.json`, or else the `chat_template` of
 * tokenizer_config.json, where a list of named ones gives the one called "default" (as in transformers 5).
 *
 * @throws CodedError `tokenizer-unsupported` when one of the files is not what it should be.
 */
export function readTokenizerConfig(folder: string): FolderTokenizerConfig {
  const read = (name: string): JsonObject => readJsonObject(path.join(folder, name), MAX_CONFIG_BYTES) ?? {};
  const config = read('tokenizer_config.json');
  const template =
    readText(path.join(folder, 'chat_template.jinja'), MAX_TEMPLATE_BYTES) ??
    read('chat_template.json')['chat_template'] ??
    config['chat_template'];
  return {
    specialTokens: readSpecialTokens({ ...read('special_tokens_map.json'), ...config }),
    chatTemplate: chooseTemplate(template, path.join(folder, 'tokenizer_config.json')),
    bertNormalizer: readBertNormalizer(config),
  };
}

/** transformers' general tokenizer, in the words of versions 4 and 5. */
const GENERAL = new Set<unknown>(['PreTrainedTokenizerFast', 'TokenizersBackend']);

/** As in transformers, whose tokenizers of BERT's kind are made anew where these settings differ; its general one is as it stands. */
function readBertNormalizer(config: JsonObject): JsonObject {
  if (GENERAL.has(config['tokenizer_class'])) return {};
  const names = { do_lower_case: 'lowercase', strip_accents: 'strip_accents', tokenize_chinese_chars: 'handle_chinese_chars' }; // prettier-ignore
  const said = Object.entries(names).filter(([name]) => typeof config[name] === 'boolean');
  return Object.fromEntries(said.map(([name, setting]) => [setting, config[name]]));
}

function readSpecialTokens(source: JsonObject): Readonly<Record<string, string>> {
  const text = (value: unknown): unknown => (isJsonObject(value) ? value['content'] : value);
  const found = ROLES.map((role) => [role, text(source[role])] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function chooseTemplate(template: unknown, file: string): string | undefined {
  if (template === undefined || template === null) return undefined;
  if (typeof template === 'string' && template.length <= MAX_TEMPLATE_BYTES) return template;
  if (!Array.isArray(template)) throw unusable(file, 'has a chat_template that is neither a text nor a list');
  const named = template.find((item: unknown) => isJsonObject(item) && item['name'] === 'default') as unknown;
  const chosen = isJsonObject(named) ? named['template'] : undefined;
  if (typeof chosen === 'string' && chosen.length <= MAX_TEMPLATE_BYTES) return chosen;
  throw unusable(file, 'has several chat templates, and none of them is called "default"');
}

/** The error for a folder without tokenizer.json. */
export function noTokenizer(folder: string): CodedError {
  const slow = ['tokenizer.model', 'spiece.model', 'vocab.json', 'vocab.txt'].find((name) =>
    existsSync(path.join(folder, name)),
  );
  if (slow === undefined) {
    return new CodedError(
      'model-not-found',
      `${folder} has no tokenizer.json.`,
      'Download tokenizer.json and tokenizer_config.json from where the model came from.',
      { path: folder },
    );
  }
  return new CodedError(
    'tokenizer-unsupported',
    `${folder} has ${slow}, but no tokenizer.json, which is the form of a tokenizer that is read here.`,
    'Make one in Python: AutoTokenizer.from_pretrained(FOLDER, use_fast=True).save_pretrained(FOLDER).',
    { path: folder, file: slow },
  );
}
