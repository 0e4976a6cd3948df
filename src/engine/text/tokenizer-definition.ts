import { z } from 'zod';
import { CodedError } from '../../protocol/coded-error.ts';
import { isJsonObject, unusable, type JsonObject } from './json-file.ts';
import { adaptPreTokenizer } from './pre-tokenizer.ts';

const MAX_ID = 2 ** 24;
const MAX_SEQUENCE_DEPTH = 8;

const id = z.int().nonnegative().max(MAX_ID);
const addedToken = z.object({
  id,
  content: z.string().min(1),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().optional(),
  special: z.boolean().default(false),
});

/** A tokenizer.json that was checked, and in which each part means to the library what it means to Hugging Face. */
export interface TokenizerDefinition {
  readonly added_tokens: readonly z.infer<typeof addedToken>[];
  readonly normalizer: JsonObject | null;
  readonly pre_tokenizer: JsonObject | null;
  readonly post_processor: JsonObject | null;
  readonly model: JsonObject;
}

type Role = 'normalizer' | 'pre_tokenizer' | 'post_processor';

const MEMBERS: Readonly<Record<Role, string>> = {
  normalizer: 'normalizers',
  pre_tokenizer: 'pretokenizers',
  post_processor: 'processors',
};

const SUPPORTED: Readonly<Record<Exclude<Role, 'pre_tokenizer'>, ReadonlySet<unknown>>> = {
  normalizer: new Set(
    'BertNormalizer Precompiled Replace NFC NFD NFKC NFKD Strip StripAccents Lowercase Prepend'.split(' '),
  ),
  post_processor: new Set('TemplateProcessing ByteLevel BertProcessing RobertaProcessing'.split(' ')),
};

/**
 * Checks a tokenizer.json before the library is made from it; `file` is named in errors.
 *
 * @throws CodedError `tokenizer-unsupported` when it is not one, or naming every part that is not supported.
 */
export function readDefinition(json: JsonObject, file: string): TokenizerDefinition {
  const added = z.array(addedToken).safeParse(json['added_tokens'] ?? []);
  if (!added.success) throw unusable(file, 'has added tokens without an id or a text');
  const model = readModel(json['model'], file);
  if (added.data.some((token) => token.single_word))
    throw unusable(file, 'has added tokens that match whole words only');
  const reader = new PartReader(json['normalizer']);
  const parts = {
    normalizer: reader.read('normalizer', json['normalizer']),
    pre_tokenizer: reader.read('pre_tokenizer', json['pre_tokenizer']),
    post_processor: reader.read('post_processor', json['post_processor']),
  };
  if (reader.unsupported.size > 0) {
    const unsupported = [...reader.unsupported];
    throw new CodedError(
      'tokenizer-unsupported',
      `The tokenizer uses parts that are not supported: ${unsupported.join(', ')}.`,
      'Use a model with another tokenizer.',
      { path: file, unsupported },
    );
  }
  return { added_tokens: added.data, ...parts, model };
}

function readModel(model: unknown, file: string): JsonObject {
  if (!isJsonObject(model)) throw unusable(file, 'is not a tokenizer.json: it has no model');
  // Files of before 2022 do not say the type.
  const type = model['type'] ?? (Array.isArray(model['vocab']) ? 'Unigram' : 'merges' in model ? 'BPE' : 'WordPiece');
  const sound =
    type === 'Unigram'
      ? isScoredVocabulary(model['vocab'])
      : isVocabulary(model['vocab']) && (type !== 'BPE' || isMergeList(model['merges']));
  if (type !== 'BPE' && type !== 'WordPiece' && type !== 'Unigram') {
    throw unusable(file, `has a model of type ${JSON.stringify(type)}, which is not supported`);
  }
  if (!sound) throw unusable(file, `does not hold a vocabulary as its model ${type} needs one`);
  return { ...model, type };
}

function isVocabulary(vocabulary: unknown): boolean {
  return isJsonObject(vocabulary) && Object.values(vocabulary).every((value) => id.safeParse(value).success);
}

function isScoredVocabulary(vocabulary: unknown): boolean {
  const scored = (item: unknown): boolean =>
    Array.isArray(item) && typeof item[0] === 'string' && typeof item[1] === 'number';
  return Array.isArray(vocabulary) && vocabulary.length > 0 && vocabulary.every(scored);
}

function isMergeList(merges: unknown): boolean {
  const pair = (item: unknown): boolean =>
    Array.isArray(item) && item.length === 2 && item.every((half) => typeof half === 'string');
  const uniform = (list: readonly unknown[]): boolean =>
    list.every(pair) || list.every((item) => typeof item === 'string');
  return Array.isArray(merges) && uniform(merges);
}

/** Reads the parts of one tokenizer.json, and collects what the library cannot do. */
class PartReader {
  readonly unsupported = new Set<string>();
  private readonly normalizer: unknown;

  constructor(normalizer: unknown) {
    this.normalizer = normalizer;
  }

  /** The part as the library should read it. */
  read(role: Role, part: unknown, depth = 0): JsonObject | null {
    if (part === null || part === undefined) return null;
    if (!isJsonObject(part) || depth > MAX_SEQUENCE_DEPTH) return this.refuse(`a ${role} that is not one`);
    if (part['type'] !== 'Sequence') return this.readSingle(role, part);
    const members = part[MEMBERS[role]];
    if (!Array.isArray(members)) return this.refuse(`an empty ${role} Sequence`);
    return { type: 'Sequence', [MEMBERS[role]]: members.map((member) => this.read(role, member, depth + 1)) };
  }

  private readSingle(role: Role, part: JsonObject): JsonObject | null {
    const adapted =
      role === 'pre_tokenizer'
        ? adaptPreTokenizer(part, this.normalizer)
        : SUPPORTED[role].has(part['type'])
          ? part
          : undefined;
    return adapted === undefined ? this.refuse(`the ${role} ${describe(part)}`) : adapted;
  }

  private refuse(what: string): null {
    this.unsupported.add(what);
    return null;
  }
}

function describe({ type, behavior }: JsonObject): string {
  return [type, behavior].filter((word) => typeof word === 'string').join(' ') || 'without a type';
}
