import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { CodedError } from '../../../src/protocol/coded-error.ts';
import { renderChat } from '../../../src/engine/text/chat-template.ts';
import { ggufTokenizer, type GgufVocabulary } from '../../../src/engine/text/gguf-tokenizer.ts';
import { scoredMerges } from '../../../src/engine/text/scored-merges.ts';
import { loadTokenizer } from '../../../src/engine/text/tokenizer.ts';
import { FIXTURES } from '../../support/fixtures.ts';
import { tokenizerKeys } from '../../support/gguf-of-folder.ts';

const EMPTY: GgufVocabulary = {
  model: 'gpt2',
  pre: 'gpt-2',
  tokens: ['a', 'b', 'ab', 'Ġ', '<|end|>', '<tool>', '<0x41>'],
  scores: undefined,
  types: [1, 1, 1, 1, 3, 4, 1],
  merges: ['a b'],
  addBos: undefined,
  addEos: undefined,
  addSpacePrefix: undefined,
  specialIds: { bos_token: 4, eos_token: 4 },
  chatTemplate: "{{ bos_token }}{{ messages[0]['content'] }}",
};

const make = (changes: Partial<GgufVocabulary> = {}) => ggufTokenizer({ ...EMPTY, ...changes }, 'model.gguf');

function refusal(changes: Partial<GgufVocabulary>): string {
  try {
    make(changes);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'tokenizer-unsupported') return error.message;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('byte-level BPE', () => {
  it('merges, and finds control tokens and those of users in a text', () => {
    const tokenizer = make();
    expect(tokenizer.encode('ab<tool>ba<|end|>')).toEqual([2, 5, 1, 0, 4]);
    expect(tokenizer.decode([2, 3, 2, 5])).toBe('ab ab<tool>');
    expect([tokenizer.isSpecial(4), tokenizer.isSpecial(5)]).toEqual([true, false]);
    expect([tokenizer.bosId, tokenizer.eosId]).toEqual([4, 4]);
  });

  it.each([
    [{ addBos: true }, [4, 2]],
    [{ addEos: true }, [2, 4]],
    [{ pre: 'llama-bpe' }, [4, 2]],
    [{ pre: 'llama-bpe', addBos: false }, [2]],
    [{ addBos: true, specialIds: {} }, [2]],
    [{ addBos: true, specialIds: { bos_token: 99 } }, [2]],
  ])('with %j adds what is to be added', (changes, ids) => {
    expect(make(changes).encode('ab')).toEqual(ids);
    expect(make(changes).encode('ab', { addSpecialTokens: false })).toEqual([2]);
  });

  it('renders its chat template', () => {
    expect(renderChat(make(), [{ role: 'user', content: 'ab' }])).toBe('<|end|>ab');
  });
});

describe('what is not supported is refused by name', () => {
  it.each([
    [{ model: 'bert' }, 'bert'],
    [{ pre: 'tekken' }, 'tekken'],
    [{ pre: '__proto__' }, '__proto__'],
    [{ merges: undefined }, 'merges'],
    [{ tokens: ['a', 'a'], types: undefined }, '"a" twice'],
    [{ types: [1] }, 'types'],
    [{ model: 'llama' }, 'scores'],
  ] as const)('%j', (changes, word) => {
    expect(refusal(changes)).toContain(word);
  });
});

describe("SentencePiece's BPE", () => {
  const folder = path.join(FIXTURES, 'mistral');
  const plain = loadTokenizer(folder);
  const keys = tokenizerKeys(JSON.parse(readFileSync(path.join(folder, 'tokenizer.json'), 'utf8')) as never, '') as {
    readonly 'tokenizer.ggml.tokens': { readonly texts: readonly string[] };
    readonly 'tokenizer.ggml.scores': { readonly f32s: readonly number[] };
    readonly 'tokenizer.ggml.token_type': { readonly i32s: readonly number[] };
  };
  const tokens = keys['tokenizer.ggml.tokens'].texts;
  const vocabulary: GgufVocabulary = {
    ...EMPTY,
    model: 'llama',
    pre: undefined,
    merges: undefined,
    tokens,
    scores: keys['tokenizer.ggml.scores'].f32s,
    types: keys['tokenizer.ggml.token_type'].i32s,
    specialIds: {
      bos_token: tokens.indexOf('<s>'),
      eos_token: tokens.indexOf('</s>'),
      unk_token: tokens.indexOf('<unk>'),
    },
  };
  const tokenizer = ggufTokenizer(vocabulary, 'model.gguf');

  it('gives the ids and texts of the same tokenizer in tokenizer.json', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.lorem({ mode: 'sentences', maxCount: 3 })), (text) => {
        const ids = tokenizer.encode(text);
        expect(ids).toEqual(plain.encode(text));
        expect(tokenizer.decode(ids)).toBe(plain.decode(ids));
      }),
    );
  });

  it('leaves the space in front out where the file says so', () => {
    const bare = ggufTokenizer({ ...vocabulary, addSpacePrefix: false, addBos: false }, 'model.gguf');
    expect(bare.decode(bare.encode('the'))).toBe('the');
    expect(bare.token(bare.encode('the')[0]!)).not.toMatch(/^▁/);
  });
});

it('orders merges by score, then by the ids of their halves', () => {
  const merges = scoredMerges(['a', 'b', 'c', 'ab', 'bc', 'abc'], [0, 0, 0, -2, -1, -3], undefined);
  expect(merges).toEqual([
    ['b', 'c'],
    ['a', 'b'],
    ['a', 'bc'],
    ['ab', 'c'],
  ]);
});
