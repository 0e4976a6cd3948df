import { isJsonObject, type JsonObject } from './json-file.ts';

const SUPPORTED = new Set<unknown>(
  'BertNormalizer Precompiled Replace NFC NFD NFKC NFKD Strip StripAccents Lowercase Prepend'.split(' '),
);

// The ideographs that BERT's normalizer sets apart and that JavaScript writes as two code units.
const RARE_IDEOGRAPHS = String.raw`[\x{20000}-\x{2A6DF}\x{2A700}-\x{2B81F}\x{2B920}-\x{2CEAF}\x{2F800}-\x{2FA1F}]`;

/**
 * A normalizer of tokenizer.json, in words that mean to @huggingface/tokenizers 0.2 what they mean to Hugging Face.
 *
 * The library reads `$` in a replacement as JavaScript does, and does not see ideographs beyond U+FFFF. A sigma that ends a word
 * becomes another letter where JavaScript makes it small, and not in Rust, which looks at one character at a time.
 * `Precompiled`, whose table the library does not read, is NFKC and white space to it, as the table of most models is.
 *
 * @returns undefined for one that is not supported.
 */
export function adaptNormalizer(part: JsonObject): JsonObject | undefined {
  if (!SUPPORTED.has(part['type'])) return undefined;
  switch (part['type']) {
    case 'Replace':
      return adaptReplace(part);
    case 'BertNormalizer': {
      const apart = part['handle_chinese_chars'] === false ? [] : [RARE_IDEOGRAPHS_APART];
      return behind([...apart, ...(part['lowercase'] === false ? [] : [SMALL_SIGMA])], part);
    }
    case 'Lowercase':
      return behind([SMALL_SIGMA], part);
    default:
      return part;
  }
}

function adaptReplace(part: JsonObject): JsonObject | undefined {
  const { pattern, content } = part;
  if (!isJsonObject(pattern) || typeof (pattern['Regex'] ?? pattern['String']) !== 'string') return undefined;
  return typeof content === 'string' ? { ...part, content: content.replaceAll('$', '$$$$') } : undefined;
}

const RARE_IDEOGRAPHS_APART: JsonObject = { type: 'Replace', pattern: { Regex: RARE_IDEOGRAPHS }, content: ' $& ' };
const SMALL_SIGMA: JsonObject = { type: 'Replace', pattern: { String: 'Σ' }, content: 'σ' };

const behind = (others: readonly JsonObject[], part: JsonObject): JsonObject =>
  others.length === 0 ? part : { type: 'Sequence', normalizers: [...others, part] };
