import { describe, expect, it } from 'vitest';
import { encodeContinuation } from '../../../src/engine/text/continuation.ts';
import type { TextTokenizer } from '../../../src/engine/text/tokenizer.ts';
import { tokenizerOf } from './tokenizer-folders.ts';

function characters(text: string): readonly string[] {
  return [...new Set(text)];
}

/** BPE over single characters with one merge, of "o" and "b". */
function bpe(space: string, parts: object): TextTokenizer {
  const tokens = ['<s>', '</s>', ...characters(`${space}Ċfobar.`), 'ob'];
  const vocab = Object.fromEntries(tokens.map((token, i) => [token, i]));
  const added_tokens = ['<s>', '</s>'].map((content, id) => ({ id, content, special: true }));
  return tokenizerOf({ added_tokens, model: { type: 'BPE', vocab, merges: ['o b'] }, ...parts });
}

const byteLevel = bpe('Ġ', {
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
  decoder: { type: 'ByteLevel' },
  post_processor: template('<s>', 'A', '</s>'),
});

const prefixing = bpe('▁\n', {
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Prepend', prepend: '▁' },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    ],
  },
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
  post_processor: template('<s>', 'A'),
});

function template(...items: readonly string[]): object {
  const single = items.map((id) =>
    id === 'A' ? { Sequence: { id, type_id: 0 } } : { SpecialToken: { id, type_id: 0 } },
  );
  return { type: 'TemplateProcessing', single, pair: single };
}

function tokens(tokenizer: TextTokenizer, prompt: string, target: string, addSpecialTokens = true): readonly string[] {
  const { promptIds, targetIds } = encodeContinuation(tokenizer, prompt, target, { addSpecialTokens });
  return [promptIds, targetIds].map((ids) => ids.map((id) => tokenizer.token(id)).join(' '));
}

describe('encodeContinuation', () => {
  it('puts a space at the seam where there is none, and none of the tokens that end a text', () => {
    expect(tokens(byteLevel, 'foo', 'bar')).toEqual(['<s> f o o', 'Ġ b a r']);
    expect(tokens(byteLevel, 'foo', ' bar')).toEqual(['<s> f o o', 'Ġ b a r']);
    expect(tokens(byteLevel, 'foo\n', 'bar')).toEqual(['<s> f o o Ċ', 'b a r']);
    expect(tokens(byteLevel, 'foo', 'bar', false)).toEqual(['f o o', 'Ġ b a r']);
    expect(tokens(byteLevel, '', 'bar')).toEqual(['<s>', 'b a r']);
    expect(tokens(byteLevel, 'foo', '')).toEqual(['<s> f o o', '']);
  });

  it('puts no space before closing marks, nor between words of scripts that have none', () => {
    const unspaced = bpe('▁東京', { normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' } });
    expect(tokens(byteLevel, 'foo', '.')).toEqual(['<s> f o o', '.']);
    expect(tokens(unspaced, '東', '京')).toEqual(['東', '京']);
    expect(tokens(unspaced, 'foo', '京')).toEqual(['f o o', '京']);
    expect(tokens(unspaced, '東', 'foo')).toEqual(['東', 'f o o']);
    expect(tokens(unspaced, 'foo', 'bar')).toEqual(['f o o', '▁ b a r']);
  });

  it('keeps the ids of the prompt where the target would merge into them', () => {
    const merging = bpe('Ġ', {
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '' },
    });
    expect(tokens(merging, 'foo', 'bar')).toEqual(['f o o', 'b a r']);
    expect(merging.encode('foobar').map((id) => merging.token(id))).toEqual(['f', 'o', 'ob', 'a', 'r']);
  });

  it('gives a target no second space with tokenizers that put one before every text', () => {
    expect(tokens(prefixing, 'foo', 'bar')).toEqual(['<s> ▁ f o o', '▁ b a r']);
    expect(tokens(prefixing, 'foo ', 'bar')).toEqual(['<s> ▁ f o o ▁', 'b a r']);
    const merging = tokenizerOf({
      added_tokens: [],
      normalizer: { type: 'Prepend', prepend: '▁' },
      model: { type: 'BPE', vocab: { '▁': 0, a: 1, b: 2, ' ': 3, 'a ': 4, '\n': 5 }, merges: ['a  '.split(/(?<=a)/)] },
    });
    expect(tokens(merging, 'a', 'b')).toEqual(['▁ a', '  b']);
  });
});
