import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDecoder, runStages } from '../../../src/engine/text/detokenizer.ts';
import { tokenizerOf, wordTokenizer } from './tokenizer-folders.ts';

interface Part<Case> {
  readonly part: { readonly type: string; readonly content?: string } | null;
  readonly cases: readonly Case[];
}

interface RustCases {
  readonly pre_tokenizers: readonly Part<{ readonly text: string; readonly pieces: readonly string[] }>[];
  readonly normalizers: readonly Part<{ readonly text: string; readonly normalized: string }>[];
  readonly decoders: readonly Part<{ readonly tokens: readonly string[]; readonly text: string }>[];
}

// What the Rust library makes of these parts: make-rust-cases.py.
const rust = JSON.parse(readFileSync(new URL('rust-cases.json', import.meta.url), 'utf8')) as RustCases;

function encodeTo(pieces: readonly string[], text: string, parts: object): readonly (string | undefined)[] {
  const words = [...new Set(['[UNK]', ...pieces])];
  const tokenizer = tokenizerOf(wordTokenizer(words, { pre_tokenizer: null, ...parts }));
  return tokenizer.encode(text).map((id) => tokenizer.token(id));
}

describe('parts of a tokenizer.json mean what they mean in Rust', () => {
  it.each(rust.pre_tokenizers.map(({ part, cases }) => [JSON.stringify(part), part, cases] as const))(
    'pre_tokenizer %s',
    (_, part, cases) => {
      for (const { text, pieces } of cases) {
        expect(encodeTo(pieces, text, { pre_tokenizer: part })).toEqual(pieces);
      }
    },
  );

  it.each(rust.normalizers.map(({ part, cases }) => [JSON.stringify(part), part, cases] as const))(
    'normalizer %s',
    (_, part, cases) => {
      for (const { text, normalized } of cases) {
        expect(encodeTo([normalized], text, { normalizer: part })).toEqual([normalized]);
      }
    },
  );

  it.each(rust.decoders.map(({ part, cases }) => [JSON.stringify(part), part, cases] as const))(
    'decoder %s',
    (_, part, cases) => {
      const detokenizer = readDecoder(part);
      for (const { tokens, text } of cases) {
        expect(runStages(detokenizer(), tokens, true)).toBe(text);
        const stages = detokenizer();
        const streamed = tokens.map((token) => runStages(stages, [token])).join('');
        expect(streamed + runStages(stages, [], true)).toBe(text);
      }
    },
  );
});
