import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { StopStrings } from '../../../src/engine/generation/stop-strings.ts';

/** What is released piece by piece until it ends, what is left then, and the whole. */
function run(stops: readonly string[], pieces: readonly string[]) {
  const strings = new StopStrings(stops);
  const released: string[] = [];
  for (const piece of pieces) {
    const { release, ended } = strings.push(piece);
    released.push(release);
    if (ended) return { released, ended, text: strings.text };
  }
  released.push(strings.flush());
  return { released, ended: false, text: strings.text };
}

describe('stop strings', () => {
  it('end the text before the first of them', () => {
    expect(run(['.'], ['one. two.'])).toEqual({ released: ['one'], ended: true, text: 'one' });
    expect(run(['two', 'one'], ['a one two'])).toMatchObject({ text: 'a ' });
  });

  it('are found across pieces, and what may begin one is held back', () => {
    expect(run(['STOP'], ['say S', 'T', 'OP it'])).toEqual({ released: ['say ', '', ''], ended: true, text: 'say ' });
    expect(run(['STOP'], ['say ST', 'AY'])).toEqual({ released: ['say ', 'STAY', ''], ended: false, text: 'say STAY' });
    expect(run(['STOP'], ['the ST'])).toEqual({ released: ['the ', 'ST'], ended: false, text: 'the ST' });
  });

  it('are found where they overlap with themselves', () => {
    expect(run(['aab'], ['a', 'a', 'a', 'b'])).toMatchObject({ ended: true, text: 'a' });
  });

  it('that are empty, or none, release everything at once', () => {
    for (const stops of [[], ['']])
      expect(run(stops, ['a', 'b'])).toEqual({ released: ['a', 'b', ''], ended: false, text: 'ab' });
  });

  it('cut the text where searching it whole would, however it comes in pieces', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
    const stop = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 10 }),
        fc.array(stop, { minLength: 1, maxLength: 3 }),
        (pieces, stops) => {
          const whole = pieces.join('');
          const { released, ended, text } = run(stops, pieces);
          const found = stops.map((one) => whole.indexOf(one)).filter((at) => at >= 0);
          expect(ended).toBe(found.length > 0);
          expect(released.join('')).toBe(text);
          if (!ended) expect(text).toBe(whole);
          else expect(stops.some((one) => text.includes(one))).toBe(false);
          expect(whole.startsWith(text)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
