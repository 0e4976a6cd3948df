import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  guessSubject,
  isAlias,
  keyWords,
  matchEntity,
  queryWords,
  sharedStems,
} from '../../../../src/engine/grace/two-part/entity-gate.ts';
import { wordsOf } from '../../../../src/engine/grace/two-part/words.ts';
import { wordWeights } from '../../../../src/engine/grace/two-part/word-weights.ts';

const match = (key: string, prompt: string, subject?: string) =>
  matchEntity(keyWords(key, subject), queryWords(prompt), wordWeights());

describe('who a prompt is about', () => {
  it('is told by names and numbers, by all words where there are none, or by the person', () => {
    expect(keyWords("What is Ada Lovelace's mother tongue?")).toEqual({
      entity: ['ada', 'lovelace'],
      stems: ['mothe', 'tongu'],
    });
    expect(keyWords('the capital of bohemia is').entity).toEqual(wordsOf('the capital of bohemia is'));
    expect(keyWords('the capital of bohemia is', 'bohemia')).toEqual({ entity: ['bohemia'], stems: ['capit'] });
    expect(keyWords('Boeing 747 is made by').entity).toEqual(['boeing', '747']);
    expect(guessSubject('What is Ada Lovelace’s mother tongue?')).toBe('Ada Lovelace');
    expect(guessSubject('what is this?')).toBe('');
  });

  it('is somebody under another name where a rephrasing has names and none of the subject’s words', () => {
    expect(isAlias('The first programmer, Lady Byron, was born in', 'Ada Lovelace')).toBe(true);
    expect(isAlias('Lady Lovelace was born in', 'Ada Lovelace')).toBe(false);
    expect(isAlias('she was born in', 'Ada Lovelace')).toBe(false);
    expect(isAlias('Lady Byron was born in', undefined)).toBe(false);
  });

  it('agrees with a prompt that has the name, in any case and form, and not with another one', () => {
    expect(match('Ada Lovelace was born in', 'where was ada lovelace born')).toMatchObject({ passes: true, run: 1 });
    expect(match('Gábor Szabó plays the', "Gabor Szabo's instrument is")).toMatchObject({ passes: true, coverage: 1 });
    expect(match('Ada Lovelace was born in', 'Ada Sandoval was born in')).toMatchObject({
      passes: false,
      found: ['ada'],
      missing: ['lovelace'],
    });
    expect(match('York is in', 'New York State University Press is in').passes).toBe(false);
    expect(match('東京はどこですか', '東京はどこにありますか', '東京').passes).toBe(true);
  });

  it('always agrees with its own prompt, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const [key, query] = [keyWords(text), queryWords(text)];
        const { coverage, run, missing } = matchEntity(key, query, wordWeights());
        expect(missing).toEqual([]);
        expect(run).toBeGreaterThanOrEqual(0.5);
        expect(coverage).toBeCloseTo(1);
        expect(sharedStems(key, query)).toBe(key.stems.length > 0 ? 1 : 0);
      }),
    );
  });
});
