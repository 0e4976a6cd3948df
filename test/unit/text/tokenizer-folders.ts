import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { loadTokenizer, type TextTokenizer } from '../../../src/engine/text/tokenizer.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';

const root = mkdtempSync(path.join(tmpdir(), 'grace-text-'));
let made = 0;
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A new folder with these files; objects are written as JSON. */
export function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = path.join(root, String(made++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    const raw = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(path.join(folder, name), raw ? content : JSON.stringify(content));
  }
  return folder;
}

/** A tokenizer.json that has each of `words` as a token, in that order, the first one for unknown words. */
export function wordTokenizer(words: readonly string[], parts: object = {}) {
  const vocab = Object.fromEntries(words.map((word, i) => [word, i]));
  return {
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
    model: { type: 'WordPiece', vocab, unk_token: words[0], continuing_subword_prefix: '##' },
    ...parts,
  };
}

export function tokenizerOf(definition: object, others: Readonly<Record<string, unknown>> = {}): TextTokenizer {
  return loadTokenizer(folderOf({ 'tokenizer.json': definition, ...others }));
}

/** The CodedError that `call` throws; any other outcome fails the test. */
export function errorOf(call: () => unknown): CodedError {
  try {
    call();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('No error was thrown.');
}
