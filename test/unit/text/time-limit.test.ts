import { describe, expect, it } from 'vitest';
import { TimeLimitError, withinTime } from '../../../src/engine/text/time-limit.ts';

describe('withinTime', () => {
  it('returns what the work returns and throws what it throws', () => {
    expect(withinTime(1000, () => withinTime(1000, () => 7) + 1)).toBe(8);
    const error = new RangeError('mine');
    expect(() =>
      withinTime(1000, () => {
        throw error;
      }),
    ).toThrow(error);
  });

  it('stops a regular expression that would never end', () => {
    expect(() => withinTime(100, () => /^(a+)+$/.test(`${'a'.repeat(60)}b`))).toThrow(TimeLimitError);
  });
});
