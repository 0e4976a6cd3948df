import path from 'node:path';
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import { loadTokenizer } from '../../../src/engine/text/tokenizer.ts';
import { errorOf, folderOf, tokenizerOf, wordTokenizer } from './tokenizer-folders.ts';

const SPECIAL = { id: 3, content: '</s>', special: true };
const definition = wordTokenizer(['[UNK]', 'play', '##ing'], { added_tokens: [SPECIAL] });

describe('a tokenizer', () => {
  it('turns text into ids and back', () => {
    const tokenizer = tokenizerOf(definition, { 'tokenizer_config.json': { eos_token: '</s>', unk_token: '[UNK]' } });
    expect(tokenizer.encode('playing play x </s>')).toEqual([1, 2, 1, 0, 3]);
    expect(tokenizer.decode([1, 2, 1, 3, 99, -1, 0.5])).toBe('playing play');
    expect(tokenizer.decode([1, 3], { skipSpecialTokens: false })).toBe('play </s>');
    expect([0, 1, 2, 3, 4].map((id) => tokenizer.tokenText(id))).toEqual([' [UNK]', ' play', 'ing', ' </s>', '']);
    expect([0, 1, 3].map((id) => tokenizer.isSpecial(id))).toEqual([true, false, true]);
    expect(tokenizer).toMatchObject({ eosId: 3, bosId: undefined, vocabularySize: 4, chatTemplate: undefined });
  });

  it('does without tokenizer_config.json, and takes roles from special_tokens_map.json too', () => {
    expect(tokenizerOf(definition).eosId).toBeUndefined();
    const map = { eos_token: { content: '</s>', lstrip: false }, additional_special_tokens: [] };
    expect(tokenizerOf(definition, { 'special_tokens_map.json': map }).eosId).toBe(3);
  });

  it('reads files of before 2022, whose model does not say its type', () => {
    const vocab = { a: 0, b: 1, ab: 2 };
    const model = { vocab, merges: ['a b'], unk_token: '', continuing_subword_prefix: '' };
    const tokenizer = tokenizerOf({ model, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false } });
    expect(tokenizer.encode('abb')).toEqual([2, 1]);
  });

  it('makes letters small where tokenizer_config.json of a BERT says so, whatever tokenizer.json does', () => {
    const bert = wordTokenizer(['?', 'Ab', 'ab'], { normalizer: { type: 'BertNormalizer', lowercase: true } });
    const idsOf = (config: object): readonly number[] =>
      tokenizerOf(bert, { 'tokenizer_config.json': config }).encode('Ab ab');
    expect(idsOf({})).toEqual([2, 2]);
    expect(idsOf({ tokenizer_class: 'BertTokenizer', do_lower_case: true })).toEqual([2, 2]);
    expect(idsOf({ tokenizer_class: 'BertTokenizer', do_lower_case: false })).toEqual([1, 2]);
    for (const general of ['PreTrainedTokenizerFast', 'TokenizersBackend'])
      expect(idsOf({ tokenizer_class: general, do_lower_case: false })).toEqual([2, 2]);
  });

  it('splits as Gemma says where its normalizer leaves nothing to split', () => {
    const pre_tokenizer = { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false };
    const normalizer = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
    const words = ['?', 'a▁b'];
    expect(tokenizerOf(wordTokenizer(words, { normalizer, pre_tokenizer })).encode('a b')).toEqual([1]);
    expect(errorOf(() => tokenizerOf(wordTokenizer(words, { pre_tokenizer }))).message).toContain('MergedWithPrevious');
  });
});

describe('a tokenizer that cannot be used', () => {
  it('is missing', () => {
    expect(errorOf(() => loadTokenizer(folderOf({}))).code).toBe('model-not-found');
    const file = path.join(folderOf({ 'config.json': {} }), 'config.json');
    expect(errorOf(() => loadTokenizer(file)).code).toBe('tokenizer-unsupported');
    const slow = errorOf(() => loadTokenizer(folderOf({ 'tokenizer.model': '' })));
    expect(slow).toMatchObject({ code: 'tokenizer-unsupported', data: { file: 'tokenizer.model' } });
  });

  it('names every part that is not supported', () => {
    const error = errorOf(() =>
      tokenizerOf({
        ...definition,
        normalizer: { type: 'Sequence', normalizers: [{ type: 'Nmt' }, { type: 'NFC' }] },
        pre_tokenizer: { type: 'UnicodeScripts' },
      }),
    );
    expect(error.code).toBe('tokenizer-unsupported');
    expect(error.message).toContain('the normalizer Nmt, the pre_tokenizer UnicodeScripts');
  });

  const model = (change: object): object => ({
    ...definition,
    model: { type: 'BPE', vocab: {}, merges: [], ...change },
  });
  it.each([
    ['not JSON', '{"model"'],
    ['not UTF-8', Uint8Array.of(0x7b, 0xff)],
    ['no object', '[]'],
    ['no model', '{}'],
    ['an unknown model', model({ type: 'WordLevel' })],
    ['no vocabulary', model({ vocab: null })],
    ['no merges', model({ merges: undefined })],
    ['merges of another form', model({ merges: ['a b', ['a', 'b']] })],
    ['an id that is no number', model({ vocab: { a: '0' } })],
    ['a huge id', model({ vocab: { a: 4e9 } })],
    ['a negative id', model({ vocab: { a: -1 } })],
    ['an unknown token outside', model({ type: 'Unigram', vocab: [['a', 0]], unk_id: 1 })],
    ['an empty Unigram', model({ type: 'Unigram', vocab: [] })],
    ['an added token without text', { ...definition, added_tokens: [{ id: 1 }] }],
    ['an unknown decoder', { ...definition, decoder: { type: 'CTC' } }],
    ['a decoder without members', { ...definition, decoder: { type: 'Sequence' } }],
    ['a pattern that is not one', { ...definition, pre_tokenizer: splitBy({ Regex: '(' }) }],
    ['no pattern', { ...definition, pre_tokenizer: splitBy(null) }],
    ['endless sequences', `{"model":${JSON.stringify(definition.model)},"normalizer":${nested(100_000)}}`],
    ['a type that is no name', `{"model":{"type":${'['.repeat(1e5)}${']'.repeat(1e5)},"vocab":{}}}`],
    [
      'a decoder of no name',
      JSON.stringify({ ...definition, decoder: 'HERE' }).replace('"HERE"', `{"type":${nested(1e5)}}`),
    ],
    ['very many lists', `{"a":[${'[],'.repeat(5_000_001)}[]]}`],
  ])('has %s', (_, content) => {
    expect(errorOf(() => loadTokenizer(folderOf({ 'tokenizer.json': content }))).code).toBe('tokenizer-unsupported');
  });

  it('has no token for a text', () => {
    const vocab = [['a', -1] as const];
    const tokenizer = tokenizerOf({
      ...definition,
      pre_tokenizer: null,
      model: { type: 'Unigram', unk_id: null, vocab },
    });
    expect(tokenizer.encode('a')).toEqual([0]);
    expect(errorOf(() => tokenizer.encode('b')).code).toBe('tokenizer-unsupported');
  });

  it('answers any change of a file with a tokenizer that works, or a CodedError', () => {
    const folder = folderOf({ 'tokenizer.json': definition });
    const text = Buffer.from(JSON.stringify(definition));
    const change = fc.tuple(fc.nat(text.length - 1), fc.constantFrom(...Buffer.from('{}[],:"0-.a\\ \xff', 'latin1')));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), fc.option(fc.nat(text.length)), (changes, end) => {
        const bytes = Buffer.from(text);
        for (const [at, byte] of changes) bytes[at] = byte;
        writeFileSync(path.join(folder, 'tokenizer.json'), bytes.subarray(0, end ?? undefined));
        expectWorkingOrCoded(folder);
      }),
      { numRuns: 500 },
    );
  });

  it('answers any JSON in any part with a tokenizer that works, or a CodedError', () => {
    const folder = folderOf({});
    const part = fc.oneof(fc.jsonValue(), fc.record({ type: fc.constantFrom(...TYPES), pattern: fc.jsonValue() }));
    const role = fc.constantFrom('normalizer', 'pre_tokenizer', 'post_processor', 'decoder', 'added_tokens', 'model');
    const config = fc.option(fc.jsonValue(), { nil: {} });
    fc.assert(
      fc.property(role, part, config, (changed, value, otherFile) => {
        writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...definition, [changed]: value }));
        writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify(otherFile));
        expectWorkingOrCoded(folder);
      }),
      { numRuns: 1000 },
    );
  });
});

const TYPES =
  'Sequence Replace Split ByteLevel Metaspace TemplateProcessing RobertaProcessing BertProcessing Strip Prepend'.split(
    ' ',
  );

function splitBy(pattern: unknown): object {
  return { type: 'Split', pattern, behavior: 'Isolated', invert: false };
}

function nested(depth: number): string {
  return `${'{"type":"Sequence","normalizers":['.repeat(depth)}${']}'.repeat(depth)}`;
}

function expectWorkingOrCoded(folder: string): void {
  try {
    const tokenizer = loadTokenizer(folder);
    for (const id of tokenizer.encode('playing x')) expect(id).toBeLessThan(tokenizer.vocabularySize);
    tokenizer.decode([0, 1, 2, 3]);
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError);
  }
}
