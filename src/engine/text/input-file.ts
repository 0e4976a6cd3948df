import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

import { CodedError } from '../../protocol/coded-error.ts';

/** A chat as people write it in a file. */
export const messagesSchema = z
  .array(
    z.object(
      { role: z.string('must have a role'), content: z.string('must have a text') },
      'must be {"role", "content"} each',
    ),
    'must be a list',
  )
  .min(1, 'must not be empty');

/** A file that the user named; `bad-input-file` when it cannot be read. */
export function readInputFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
    throw new CodedError('bad-input-file', `${path.resolve(file)} cannot be read: ${reason}.`, 'Check the path.');
  }
}

/** UTF-8 as text, without a byte order mark; undefined when it is not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
