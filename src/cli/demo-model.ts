import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { CodedError } from '../protocol/coded-error.ts';

/** The embedded model that writes biographies: beside the bundle in an installed package, as in the repository. */
export function demoModelFolder(): string {
  const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../models/biographies');
  if (existsSync(folder)) return folder;
  throw new CodedError('model-not-found', `The embedded model is not at ${folder}.`, 'Install the package again.');
}

/** What `--model` says: the word for the embedded model, or a path (`./demo` is always one). */
export const modelPath = (model: string): string => (model === 'demo' ? demoModelFolder() : model);
