import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { CodedError } from '../protocol/coded-error.ts';

/** The embedded models' folders, by the words that stand for them. */
const EMBEDDED = { demo: 'biographies', questions: 'questions', intents: 'intents' } as const;
export type EmbeddedModel = keyof typeof EMBEDDED;

const isEmbedded = (model: string): model is EmbeddedModel => Object.hasOwn(EMBEDDED, model);

/** An embedded model lies beside the bundle in an installed package, as in the repository. */
export function embeddedModelFolder(model: EmbeddedModel): string {
  const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../models', EMBEDDED[model]);
  if (existsSync(folder)) return folder;
  throw new CodedError('model-not-found', `The embedded model is not at ${folder}.`, 'Install the package again.');
}

/** What `--model` says: the word for an embedded model, or a path (`./demo` is always one). */
export const modelPath = (model: string): string => (isEmbedded(model) ? embeddedModelFolder(model) : model);
