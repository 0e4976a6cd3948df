import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeContinuation } from '../../src/engine/text/continuation.ts';
import { StreamDecoder } from '../../src/engine/text/stream-decoder.ts';
import { loadTokenizer, type TextTokenizer } from '../../src/engine/text/tokenizer.ts';

const FIXTURES = process.env['GRACE_FIXTURES'] ?? path.resolve('../shared/fixtures');

interface Expected {
  readonly kind: 'causal' | 'seq2seq' | 'classifier';
  readonly tokenizer_vocab: number;
  readonly forward: readonly {
    readonly text: string;
    readonly text_pair?: string;
    readonly input_ids: readonly number[];
    readonly token_type_ids?: readonly number[];
    readonly attention_mask?: readonly number[];
  }[];
  readonly generate?: { readonly cases: readonly GeneratedCase[] };
  readonly grace: readonly {
    readonly prompt: string;
    readonly target?: string;
    readonly prompt_ids?: readonly number[];
    readonly target_ids?: readonly number[];
    readonly probes: { readonly cases: readonly { readonly text: string; readonly input_ids: readonly number[] }[] };
  }[];
}

interface GeneratedCase {
  readonly new_ids: readonly number[];
  readonly text: string;
}

function families(): readonly string[] {
  if (!existsSync(FIXTURES)) {
    throw new Error(`There are no fixtures in ${FIXTURES}; set GRACE_FIXTURES to their folder.`);
  }
  return readdirSync(FIXTURES).filter((name) => existsSync(path.join(FIXTURES, name, 'tokenizer.json')));
}

function streamed(tokenizer: TextTokenizer, ids: readonly number[], promptIds: readonly number[] = []): string {
  const decoder = new StreamDecoder(tokenizer, promptIds);
  return ids.map((id) => decoder.push(id)).join('') + decoder.flush();
}

const TEXTS = [
  'Zoë ate phở 🙂',
  '  two  spaces\n\n\tand tabs ',
  'Привет, 世界! 👩‍👩‍👧 naïve',
  'नमस्ते',
  '',
  '🙂🙂',
  "it's 3.14",
  '\uFEFFx',
];

describe.each(families())('%s', (family) => {
  const folder = path.join(FIXTURES, family);
  const tokenizer = loadTokenizer(folder);
  const expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Expected;
  const id = fc.nat(tokenizer.vocabularySize + 3);

  it('has the vocabulary', () => {
    expect(tokenizer.vocabularySize).toBe(expected.tokenizer_vocab);
  });

  it('gives the ids of texts', () => {
    for (const { text, text_pair, input_ids, token_type_ids, attention_mask } of expected.forward) {
      const real = input_ids.filter((_, i) => attention_mask?.[i] !== 0);
      const found = text_pair === undefined ? { ids: tokenizer.encode(text) } : tokenizer.encodePair(text, text_pair);
      expect(found.ids).toEqual(real);
      if ('typeIds' in found) expect(found.typeIds).toEqual(token_type_ids);
    }
    for (const { text, input_ids } of expected.grace.flatMap((edit) => edit.probes.cases)) {
      const ids = tokenizer.encode(text);
      expect(ids).toEqual(input_ids.slice(0, ids.length));
    }
  });

  it('gives the text of generated ids', () => {
    for (const { new_ids, text } of expected.generate?.cases ?? []) {
      expect(tokenizer.decode(new_ids)).toBe(text);
    }
  });

  it('continues prompts by targets', () => {
    for (const { prompt, target, prompt_ids, target_ids } of expected.grace) {
      if (target === undefined || prompt_ids === undefined || target_ids === undefined) continue;
      if (expected.kind === 'seq2seq') {
        expect(tokenizer.encode(prompt)).toEqual(prompt_ids);
        expect(tokenizer.encode(target)).toEqual(target_ids);
      } else {
        const continuation = encodeContinuation(tokenizer, prompt, target);
        expect([...continuation.targetIds, tokenizer.eosId]).toEqual(target_ids);
        expect(continuation.promptIds).toEqual(prompt_ids);
      }
    }
  });

  it('streams what it decodes, for any ids', () => {
    fc.assert(
      fc.property(fc.array(id, { maxLength: 40 }), (ids) => {
        expect(streamed(tokenizer, ids)).toBe(tokenizer.decode(ids));
      }),
      { numRuns: 200 },
    );
  });

  it('streams the continuation of a text so that both together are the whole text', () => {
    for (const text of TEXTS) {
      const ids = tokenizer.encode(`A prompt: ${text} end`);
      for (let cut = 0; cut <= ids.length; cut++) {
        const [prompt, rest] = [ids.slice(0, cut), ids.slice(cut)];
        const before = tokenizer.decode(prompt);
        if (before.endsWith('\uFFFD')) continue;
        expect(before + streamed(tokenizer, rest, prompt)).toBe(tokenizer.decode(ids));
      }
    }
  });

  it('never gives a part of a character', () => {
    for (const text of TEXTS) {
      const ids = tokenizer.encode(text);
      const whole = tokenizer.decode(ids);
      const decoder = new StreamDecoder(tokenizer);
      const pieces = [...ids.map((token) => decoder.push(token)), decoder.flush()];
      if (!whole.includes('\uFFFD')) expect(pieces.join('')).not.toContain('\uFFFD');
      for (const piece of pieces) expect(piece).not.toMatch(/\p{Surrogate}/u);
    }
  });

  it('shows a text for every token', () => {
    for (let token = 0; token < tokenizer.vocabularySize; token++) {
      expect(tokenizer.tokenText(token)).not.toContain('\uFFFD');
    }
    expect(tokenizer.tokenText(tokenizer.vocabularySize + 5)).toBe('');
  });
});
