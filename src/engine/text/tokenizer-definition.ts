import { z } from 'zod';
import { CodedError } from '../../protocol/coded-error.ts';
import { isJsonObject, unusable, type JsonObject } from './json-file.ts';
import { adaptNormalizer } from './normalizer.ts';
import { adaptPreTokenizer } from './pre-tokenizer.ts';

const MAX_ID = 2 ** 24;
const MAX_SEQUENCE_DEPTH = 8;

const addedToken = z.object({
  id: z.int().nonnegative().max(MAX_ID),
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
  /** Whether the file brings regular expressions of its own, which may take for ever. */
  readonly hasPatterns: boolean;
}

type Role = 'normalizer' | 'pre_tokenizer' | 'post_processor';

const MEMBERS: Readonly<Record<Role, string>> = {
  normalizer: 'normalizers',
  pre_tokenizer: 'pretokenizers',
  post_processor: 'processors',
};

const POST_PROCESSORS = new Set<unknown>(['TemplateProcessing', 'ByteLevel', 'BertProcessing', 'RobertaProcessing']);

/**
 * Checks a tokenizer.json before the library is made from it; `file` is named in errors.
 *
 * @throws CodedError `tokenizer-unsupported` when it is not one, or naming every part that is not supported.
 */
export function readDefinition(json: JsonObject, file: string): TokenizerDefinition {
  const added = z.array(addedToken).safeParse(json['added_tokens'] ?? []);
  if (!added.success) throw unusable(file, 'has added tokens without an id or a text');
  if (added.data.some((token) => token.single_word)) {
    throw unusable(file, 'has added tokens that match whole words only, which is not supported');
  }
  const model = readModel(json['model'], file);
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
  return { added_tokens: added.data, ...parts, model, hasPatterns: reader.hasPatterns };
}

function readModel(model: unknown, file: string): JsonObject {
  if (!isJsonObject(model)) throw unusable(file, 'is not a tokenizer.json: it has no model');
  // Files of before 2022 do not say the type.
  const type = model['type'] ?? (Array.isArray(model['vocab']) ? 'Unigram' : 'merges' in model ? 'BPE' : 'WordPiece');
  if (!isSound(type, model)) {
    const named = typeof type === 'string' ? ` ${type}` : '';
    throw unusable(file, `has a model${named} of a type, or with a vocabulary, that is not supported`);
  }
  return { ...model, type };
}

function isSound(type: unknown, { vocab, merges, unk_id }: JsonObject): boolean {
  switch (type) {
    case 'BPE':
      return isVocabulary(vocab) && isMergeList(merges);
    case 'WordPiece':
      return isVocabulary(vocab);
    case 'Unigram':
      return isScoredVocabulary(vocab) && (unk_id === undefined || unk_id === null || isId(unk_id, vocab.length - 1));
    default:
      return false;
  }
}

function isId(value: unknown, largest = MAX_ID): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= largest;
}

function isVocabulary(vocabulary: unknown): boolean {
  return isJsonObject(vocabulary) && Object.values(vocabulary).every((value) => isId(value));
}

function isScoredVocabulary(vocabulary: unknown): vocabulary is readonly (readonly [string, number])[] {
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
  hasPatterns = false;
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
    this.hasPatterns ||= isJsonObject(part['pattern']) && 'Regex' in part['pattern'];
    const adapted = this.adapt(role, part);
    return adapted === undefined ? this.refuse(`the ${role} ${describe(part)}`) : adapted;
  }

  private adapt(role: Role, part: JsonObject): JsonObject | null | undefined {
    switch (role) {
      case 'normalizer':
        return adaptNormalizer(part);
      case 'pre_tokenizer':
        return adaptPreTokenizer(part, this.normalizer);
      case 'post_processor':
        return POST_PROCESSORS.has(part['type']) ? part : undefined;
    }
  }

  private refuse(what: string): null {
    this.unsupported.add(what);
    return null;
  }
}

function describe({ type, behavior }: JsonObject): string {
  return [type, behavior].filter((word) => typeof word === 'string').join(' ') || 'without a type';
}
