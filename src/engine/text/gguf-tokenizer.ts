import { CodedError } from '../../protocol/coded-error.ts';
import { readDecoder } from './detokenizer.ts';
import { ggufPreTokenizer } from './gguf-pre-tokenizer.ts';
import type { JsonObject } from './json-file.ts';
import { scoredMerges } from './scored-merges.ts';
import { readDefinition } from './tokenizer-definition.ts';
import { TextTokenizer } from './tokenizer.ts';

export type SpecialRole =
  'bos_token' | 'eos_token' | 'unk_token' | 'sep_token' | 'pad_token' | 'cls_token' | 'mask_token';

/** The tokenizer of a GGUF file, as its metadata has it. */
export interface GgufVocabulary {
  /** `gpt2`: byte-level BPE; `llama`: SentencePiece BPE. */
  readonly model: string;
  /** How texts are cut into words before BPE. */
  readonly pre: string | undefined;
  readonly tokens: readonly string[];
  readonly scores: readonly number[] | undefined;
  /** 1 normal, 2 unknown, 3 control, 4 defined by the user, 5 unused, 6 byte. */
  readonly types: readonly number[] | undefined;
  readonly merges: readonly string[] | undefined;
  readonly addBos: boolean | undefined;
  readonly addEos: boolean | undefined;
  readonly addSpacePrefix: boolean | undefined;
  readonly specialIds: Readonly<Partial<Record<SpecialRole, number | undefined>>>;
  readonly chatTemplate: string | undefined;
}

const [UNKNOWN, CONTROL, USER_DEFINED] = [2, 3, 4];

/**
 * The tokenizer that a GGUF file describes; `file` is named in errors.
 *
 * @throws CodedError `tokenizer-unsupported` naming what is not supported.
 */
export function ggufTokenizer(vocabulary: GgufVocabulary, file: string): TextTokenizer {
  const json = definitionOf(vocabulary);
  const specialTokens = Object.entries(vocabulary.specialIds).flatMap(([role, id]) => {
    const token = id === undefined ? undefined : vocabulary.tokens[id];
    return token === undefined ? [] : [[role, token] as const];
  });
  const config = { specialTokens: Object.fromEntries(specialTokens), chatTemplate: vocabulary.chatTemplate };
  try {
    return new TextTokenizer(readDefinition(json, file), readDecoder(json['decoder']), config);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw unsupported(`a vocabulary that cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The same as a tokenizer.json. */
function definitionOf(vocabulary: GgufVocabulary): JsonObject {
  checkTokens(vocabulary);
  const parts = partsOf(vocabulary);
  return {
    added_tokens: addedTokens(vocabulary),
    post_processor: postProcessor(vocabulary, parts.addsBos),
    ...parts.json,
  };
}

interface Parts {
  readonly json: JsonObject;
  /** Whether a text begins with the token for that, unless the file says otherwise. */
  readonly addsBos: boolean;
}

function partsOf(vocabulary: GgufVocabulary): Parts {
  switch (vocabulary.model) {
    case 'gpt2':
      return byteLevel(vocabulary);
    case 'llama':
      return { json: sentencePiece(vocabulary), addsBos: true };
    default:
      throw unsupported(`the model ${vocabulary.model}`);
  }
}

function byteLevel({ pre, merges, tokens }: GgufVocabulary): Parts {
  if (merges === undefined) throw unsupported('a BPE without merges');
  const { normalizer, splits, wholeWords, addsBos } = ggufPreTokenizer(pre);
  const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  const json = {
    normalizer,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...splits, bytes] },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab: idsOf(tokens), merges, ignore_merges: wholeWords },
  };
  return { json, addsBos };
}

/** SentencePiece's BPE: a merge is the better the higher the score of what comes out of it. */
function sentencePiece({ tokens, scores, types, specialIds, addSpacePrefix = true }: GgufVocabulary): JsonObject {
  if (scores?.length !== tokens.length) throw unsupported('a SentencePiece vocabulary without scores');
  const mark = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const spaces = { type: 'Replace', pattern: { String: '▁' }, content: ' ' };
  const strip = addSpacePrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : [];
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [...(addSpacePrefix ? [{ type: 'Prepend', prepend: '▁' }] : []), mark],
    },
    pre_tokenizer: null,
    decoder: { type: 'Sequence', decoders: [spaces, { type: 'ByteFallback' }, { type: 'Fuse' }, ...strip] },
    model: {
      type: 'BPE',
      vocab: idsOf(tokens),
      merges: scoredMerges(tokens, scores, types),
      unk_token: tokens[specialIds.unk_token ?? 0] ?? null,
      fuse_unk: true,
      byte_fallback: true,
    },
  };
}

function idsOf(tokens: readonly string[]): JsonObject {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

function checkTokens({ tokens, types }: GgufVocabulary): void {
  if (types !== undefined && types.length !== tokens.length)
    throw unsupported('a list of types that is not as long as the tokens');
  const seen = new Set<string>();
  for (const token of tokens) {
    if (seen.has(token)) throw unsupported(`the token ${JSON.stringify(token.slice(0, 60))} twice`);
    seen.add(token);
  }
}

/** Tokens that are found in a text before it is cut into words. */
function addedTokens({ tokens, types = [] }: GgufVocabulary): readonly JsonObject[] {
  return tokens.flatMap((content, id) => {
    const special = types[id] === CONTROL || types[id] === UNKNOWN;
    return content !== '' && (special || types[id] === USER_DEFINED)
      ? [{ id, content, special, normalized: false }]
      : [];
  });
}

function postProcessor({ addBos, addEos, specialIds, tokens }: GgufVocabulary, addsBos: boolean): JsonObject | null {
  const before = (addBos ?? addsBos) ? specialIds.bos_token : undefined;
  const after = addEos === true ? specialIds.eos_token : undefined;
  const used = [...new Set([before, after])].filter((id) => id !== undefined && tokens[id] !== undefined) as number[];
  if (used.length === 0) return null;
  const special = (id: number | undefined, type: number): readonly JsonObject[] =>
    id === undefined || !used.includes(id) ? [] : [{ SpecialToken: { id: tokens[id], type_id: type } }];
  const around = (name: string, type: number): readonly JsonObject[] => [
    ...special(before, type),
    { Sequence: { id: name, type_id: type } },
    ...special(after, type),
  ];
  return {
    type: 'TemplateProcessing',
    single: around('A', 0),
    pair: [...around('A', 0), ...around('B', 1)],
    special_tokens: Object.fromEntries(
      used.map((id) => [tokens[id], { id: tokens[id], ids: [id], tokens: [tokens[id]] }]),
    ),
  };
}

function unsupported(what: string): CodedError {
  return new CodedError(
    'tokenizer-unsupported',
    `The tokenizer of the GGUF file uses ${what}, which is not supported.`,
    'Use a model with another tokenizer, or its safetensors files.',
  );
}
