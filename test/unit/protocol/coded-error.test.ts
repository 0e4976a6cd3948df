import { expect, it } from 'vitest';

import { CodedError, reportError } from '../../../src/protocol/coded-error.ts';

it('is no longer than a person reads, whatever a file calls its parts', () => {
  const { message, advice } = new CodedError(
    'tokenizer-unsupported',
    'The part is called '.concat('long '.repeat(5000)),
  );
  expect(message).toHaveLength(1000);
  expect(message).toMatch(/^The part is called long .*…$/);
  expect(advice).toBe('');
  expect(reportError(new CodedError('bad-argument', 'No.', 'Yes.'))).toMatchObject({ message: 'No.', advice: 'Yes.' });
});
