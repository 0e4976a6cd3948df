import { CodedError } from '../../protocol/coded-error.ts';
import type { GgufVocabulary, SpecialRole } from '../text/gguf-tokenizer.ts';
import { GgufFault } from '../weights/gguf-cursor.ts';
import type { GgufMetadata } from '../weights/gguf-metadata.ts';

const PREFIX = 'tokenizer.ggml.';

/** Keys of the tokenizer that say nothing about how a text is cut, beside those that are read. */
const WITHOUT_EFFECT = new Set([
  ...['eot', 'eom', 'fim_pre', 'fim_suf', 'fim_mid', 'fim_pad', 'fim_rep', 'fim_sep', 'prefix', 'suffix', 'middle'].map(
    (role) => `${role}_token_id`,
  ),
  'token_type_count',
  'normalizer.lowercase',
]);

const ROLES: Readonly<Record<SpecialRole, string>> = {
  bos_token: 'bos_token_id',
  eos_token: 'eos_token_id',
  unk_token: 'unknown_token_id',
  sep_token: 'seperator_token_id', // as GGUF spells it
  pad_token: 'padding_token_id',
  cls_token: 'cls_token_id',
  mask_token: 'mask_token_id',
};

/** Tokens that end a turn or a text by their wording; llama.cpp stops at them whatever the metadata says (llama-vocab.cpp). */
const END_TOKENS = new Set([
  ...['<|eot_id|>', '<|im_end|>', '<|end|>', '<|return|>', '<|call|>', '<end_of_turn>', '<|endoftext|>', '<|eom_id|>'],
  ...['< EOT >', '_<EOT>', '<EOT>', '<|end_of_text|>', '<end_of_utterance>'],
]);
const CONTROL = 3;

/**
 * What a GGUF file says of its tokenizer.
 *
 * @throws CodedError `tokenizer-unsupported` naming a setting that is not handled; GgufFault for one of a wrong type.
 */
export function readVocabulary(metadata: GgufMetadata): GgufVocabulary {
  const { text, flag, number } = readers(metadata);
  const tokens = metadata.texts(`${PREFIX}tokens`);
  const model = text('model');
  if (tokens === undefined || model === undefined) throw new GgufFault('it has no tokenizer');
  const vocabulary = {
    model,
    tokens,
    pre: text('pre'),
    scores: metadata.numbers(`${PREFIX}scores`),
    types: metadata.numbers(`${PREFIX}token_type`),
    merges: metadata.texts(`${PREFIX}merges`),
    addBos: flag('add_bos_token'),
    addEos: flag('add_eos_token'),
    addSpacePrefix: flag('add_space_prefix'),
    specialIds: Object.fromEntries(Object.entries(ROLES).map(([role, key]) => [role, number(key)])),
    chatTemplate: metadata.text('tokenizer.chat_template'),
  };
  for (const key of ['remove_extra_whitespaces', 'add_sep_token', 'escape_whitespaces'])
    if (flag(key) === (key !== 'escape_whitespaces')) throw unsupported(key, flag(key));
  refuseOthers(metadata);
  return vocabulary;
}

/** Ids at which generation ends: end of text, of turn, of message, and tokens whose wording says so. */
export function endTokenIds(metadata: GgufMetadata): readonly number[] {
  const named = ['eos', 'eot', 'eom'].map((role) => metadata.number(`${PREFIX}${role}_token_id`));
  const types = metadata.numbers(`${PREFIX}token_type`) ?? [];
  const worded = (metadata.texts(`${PREFIX}tokens`) ?? []).flatMap((token, id) =>
    types[id] === CONTROL && END_TOKENS.has(token) ? [id] : [],
  );
  return [...new Set([...named, ...worded])].filter((id) => id !== undefined);
}

function readers(metadata: GgufMetadata) {
  return {
    text: (key: string) => metadata.text(PREFIX + key),
    flag: (key: string) => metadata.flag(PREFIX + key),
    number: (key: string) => metadata.number(PREFIX + key),
  };
}

const READ = new Set([
  ...['model', 'pre', 'tokens', 'scores', 'token_type', 'merges', 'add_bos_token', 'add_eos_token', 'add_space_prefix'],
  ...['remove_extra_whitespaces', 'add_sep_token', 'escape_whitespaces'],
  ...Object.values(ROLES),
]);

function refuseOthers(metadata: GgufMetadata): void {
  const other = metadata.keys.find((name) => {
    const key = name.slice(PREFIX.length);
    return name.startsWith(PREFIX) && !READ.has(key) && !WITHOUT_EFFECT.has(key);
  });
  if (other !== undefined) throw unsupported(other.slice(PREFIX.length), undefined);
}

function unsupported(key: string, value: boolean | undefined): CodedError {
  return new CodedError(
    'tokenizer-unsupported',
    `The GGUF file sets ${PREFIX}${key}${value === undefined ? '' : ` to ${value}`}, which is not supported.`,
    'Use a model with another tokenizer, or its safetensors files.',
    { key: PREFIX + key },
  );
}
