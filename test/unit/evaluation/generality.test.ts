import { describe, expect, it } from 'vitest';

import { readFacts } from '../../../src/engine/evaluation/generality-file.ts';
import { drawGenerality } from '../../../src/engine/evaluation/generality-picture.ts';
import { testGenerality, type GeneralityCase, type MadeEdit } from '../../../src/engine/evaluation/generality.ts';
import { rate } from '../../../src/engine/evaluation/wilson.ts';
import { NO_DECISION, type Decision } from '../../../src/protocol/decision.ts';
import { errorOf } from '../grace/samples.ts';

/** Scores of a model that needs none: what each prompt scores against edit 1, and what is said with and without it. */
const SCORES: Readonly<Record<string, number>> = { p: 1.2, r: 0.45, q: 0.3 };

function subject(asked: string[]) {
  return {
    ...{ model: 'm', router: 'two-part', made: new Map<string, MadeEdit>() },
    edit: () => Promise.resolve({ edit: 1, success: true, steps: 7, rows: 1, seconds: 2 }),
    decide: (text: string): Promise<Decision> => {
      asked.push(text);
      const score = SCORES[text];
      if (score === undefined) return Promise.resolve(NO_DECISION);
      const match = { found: [], missing: [], coverage: 1, run: 1, score, threshold: 0.29, own: text === 'p' };
      return Promise.resolve({ ...NO_DECISION, fired: true, entry: 0, edit: 1, match });
    },
    answer: (text: string, edits: boolean) => Promise.resolve(edits && text in SCORES ? ' t' : 'as it was'),
    says: (text: string, target: string) => Promise.resolve(text in SCORES && target === 't'),
  };
}

describe('generality', () => {
  const facts = [{ prompt: 'p', target: 't', rewording: 'r', otherQuestion: 'q', otherSubject: 's' }];

  it('counts what fires and what is right at each strictness, and goes on where it stopped', async () => {
    const kept: GeneralityCase[] = [];
    const asked: string[] = [];
    const options = { facts, unrelated: ['u'], known: kept, onCase: (tried: GeneralityCase) => void kept.push(tried) };
    const result = await testGenerality(subject(asked), { ...options, known: [] });
    const shares = result.settings.map(({ rows }) =>
      rows.map(({ kind, fires, right }) => [kind, fires.hits, right.hits]),
    );
    expect(shares).toEqual([
      [['prompt', 1, 1], ['rewording', 0, 0], ['otherSubject', 0, 1], ['otherQuestion', 0, 1], ['unrelated', 0, 1]],
      [['prompt', 1, 1], ['rewording', 1, 1], ['otherSubject', 0, 1], ['otherQuestion', 0, 1], ['unrelated', 0, 1]],
      [['prompt', 1, 1], ['rewording', 1, 1], ['otherSubject', 0, 1], ['otherQuestion', 1, 0], ['unrelated', 0, 1]],
    ]); // prettier-ignore
    const again = await testGenerality(subject(asked), options);
    expect(again).toEqual(result);
    expect(asked).toHaveLength(5);
    expect(drawGenerality(result)).toContain('right answers after 1 edits');
  });

  it('gives intervals that Wilson’s formula gives', () => {
    // 9 of 10: Newcombe (1998), Statistics in Medicine 17, gives .5958 to .9821.
    expect(rate(9, 10).low).toBeCloseTo(0.5958, 3);
    expect(rate(9, 10).high).toBeCloseTo(0.9821, 3);
    expect(rate(0, 0)).toMatchObject({ low: 0, high: 1 });
  });

  it('names the line of a file that cannot be used', () => {
    expect(readFacts('{"prompt":"a","target":"b","subject":null}\n\n', 'f')).toHaveLength(1);
    expect(errorOf(() => readFacts('{"prompt":"a","target":"b"}\n{"prompt":1}', 'f')).message).toContain('Line 2 of f');
  });
});
