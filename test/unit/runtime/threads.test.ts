import { describe, expect, it } from 'vitest';

import { threadsToUse } from '../../../src/engine/runtime/threads.ts';

describe('threadsToUse', () => {
  it('leaves the number to the runtime where nothing is said', () => {
    expect(threadsToUse({})).toBeUndefined();
    expect(threadsToUse({ GRACE_THREADS: '' })).toBeUndefined();
  });

  it('takes what GRACE_THREADS says', () => {
    expect(threadsToUse({ GRACE_THREADS: '1' })).toBe(1);
    expect(threadsToUse({ GRACE_THREADS: '16' })).toBe(16);
  });

  it.each(['0', '-1', '1.5', 'all', ' 2', '99999'])('refuses %s', (threads) => {
    expect(() => threadsToUse({ GRACE_THREADS: threads })).toThrow(
      expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining(threads) as string }),
    );
  });
});
