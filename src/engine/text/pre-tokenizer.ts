import { isJsonObject, type JsonObject } from './json-file.ts';

// As Hugging Face's ByteLevel splits, where `\s` is Unicode's white space.
const GPT2_WORDS = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;
const WORDS_AND_SIGNS = String.raw`[${WORD}]+|[^${WORD}\s]+`;
const WHITE_SPACE = String.raw`\s+`;
const PUNCTUATION = String.raw`[\p{P}!-/:-@\[-\x60{-~]`;

/**
 * A pre-tokenizer of tokenizer.json, in words that mean to @huggingface/tokenizers 0.2 what they mean to Hugging Face.
 *
 * The library's own readings of some are narrower: digits and words only of ASCII, JavaScript's white space (with U+FEFF,
 * without U+0085), punctuation never apart, every Split isolated. Its `Split` by a regular expression is exact, so that
 * they are written as that.
 *
 * @returns null for one that never splits, undefined for one that cannot be expressed.
 */
export function adaptPreTokenizer(part: JsonObject, normalizer: unknown): JsonObject | null | undefined {
  switch (part['type']) {
    case 'ByteLevel':
      return adaptByteLevel(part);
    case 'Digits':
      return split(part['individual_digits'] === true ? String.raw`\p{N}` : String.raw`\p{N}+`, 'Isolated');
    case 'Whitespace':
      return { ...split(WORDS_AND_SIGNS, 'Removed'), invert: true };
    case 'WhitespaceSplit':
      return split(WHITE_SPACE, 'Removed');
    case 'BertPreTokenizer':
      return { type: 'Sequence', pretokenizers: [split(WHITE_SPACE, 'Removed'), split(PUNCTUATION, 'Isolated')] };
    case 'Metaspace':
      return { prepend_scheme: part['add_prefix_space'] === false ? 'never' : 'always', ...part };
    case 'Punctuation':
      return adaptPunctuation(part);
    case 'Split':
      return adaptSplit(part, normalizer);
    default:
      return undefined;
  }
}

function split(regex: string, behavior: 'Isolated' | 'Removed'): JsonObject {
  return { type: 'Split', pattern: { Regex: regex }, behavior, invert: false };
}

function adaptByteLevel(part: JsonObject): JsonObject {
  // A prefix space is added before splitting, which two steps cannot do.
  if (part['use_regex'] === false || part['add_prefix_space'] === true) return part;
  return { type: 'Sequence', pretokenizers: [split(GPT2_WORDS, 'Isolated'), { ...part, use_regex: false }] };
}

function adaptPunctuation(part: JsonObject): JsonObject | undefined {
  switch (part['behavior'] ?? 'Isolated') {
    case 'Isolated':
      return split(PUNCTUATION, 'Isolated');
    case 'Removed':
      return split(PUNCTUATION, 'Removed');
    case 'Contiguous':
      return split(`${PUNCTUATION}+`, 'Isolated');
    default:
      return undefined;
  }
}

function adaptSplit(part: JsonObject, normalizer: unknown): JsonObject | null | undefined {
  const pattern = part['pattern'];
  if (!isJsonObject(pattern) || typeof (pattern['Regex'] ?? pattern['String']) !== 'string') return undefined;
  switch (part['behavior']) {
    case 'Isolated':
      return { ...part, invert: false };
    case 'Removed':
      return part;
    default:
      // Gemma splits at spaces, of which its normalizer leaves none.
      return replaces(normalizer, pattern['String']) ? null : undefined;
  }
}

function replaces(normalizer: unknown, text: unknown): boolean {
  if (!isJsonObject(normalizer) || text === undefined) return false;
  const parts = normalizer['normalizers'];
  if (Array.isArray(parts)) return parts.some((part) => replaces(part, text));
  return (
    normalizer['type'] === 'Replace' && isJsonObject(normalizer['pattern']) && normalizer['pattern']['String'] === text
  );
}
