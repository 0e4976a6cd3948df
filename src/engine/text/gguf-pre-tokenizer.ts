import { CodedError } from '../../protocol/coded-error.ts';
import type { JsonObject } from './json-file.ts';

/** What a GGUF file's `tokenizer.ggml.pre` stands for (llama.cpp, llama-vocab.cpp), as parts of a tokenizer.json. */
export interface GgufPreTokenizer {
  readonly normalizer: JsonObject | null;
  /** Ways of cutting, one after the other. */
  readonly splits: readonly JsonObject[];
  /** Take a word that is a token as it is, without merging. */
  readonly wholeWords: boolean;
  /** Whether a text begins with the token for that, unless the file says otherwise. */
  readonly addsBos: boolean;
}

const split = (regex: string): JsonObject => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
});
const digits: JsonObject = { type: 'Digits', individual_digits: true };

const GPT2 = split(String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`);
/** GPT-4's way, with so many digits a word. */
const gpt4 = (numbers: string): JsonObject =>
  split(
    String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|` +
      numbers +
      String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  );

const plain = { normalizer: null, wholeWords: false, addsBos: false };
const gpt2: GgufPreTokenizer = { ...plain, splits: [GPT2] };
const starcoder: GgufPreTokenizer = { ...plain, splits: [digits, GPT2] };
const llama3: GgufPreTokenizer = { ...plain, splits: [gpt4(String.raw`\p{N}{1,3}`)], wholeWords: true, addsBos: true };
// The published tokenizer.json normalises too; llama.cpp does not.
const qwen2: GgufPreTokenizer = { ...plain, splits: [gpt4(String.raw`\p{N}`)], normalizer: { type: 'NFC' } };

const KINDS: Readonly<Record<string, GgufPreTokenizer>> = {
  'gpt-2': gpt2,
  'phi-2': gpt2,
  starcoder,
  smollm: starcoder,
  codeshell: starcoder,
  'llama-bpe': llama3,
  llama3,
  'llama-v3': llama3,
  qwen2,
  'deepseek-r1-qwen': qwen2,
  // What llama.cpp does with files that do not say better.
  default: {
    ...plain,
    splits: [split(String.raw`[\p{P}\$\+<=>\^~\|]+`), GPT2, split(String.raw`\p{N}+`), split('[0-9][0-9][0-9]')],
  },
};

/** @throws CodedError `tokenizer-unsupported` naming a kind that is not known. */
export function ggufPreTokenizer(name = 'default'): GgufPreTokenizer {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind) return kind;
  throw new CodedError(
    'tokenizer-unsupported',
    `The GGUF file cuts texts as ${JSON.stringify(name.slice(0, 60))} does (tokenizer.ggml.pre), which is not supported.`,
    `These are: ${Object.keys(KINDS).join(', ')}. Or use the safetensors files of the same model.`,
    { pre: name },
  );
}
