import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';

/** A JSON object from a tokenizer's files: names and values as the file has them, to be checked where they are used. */
export type JsonObject = Readonly<Record<string, unknown>>;

// A parsed container takes far more memory than its brackets; the largest published vocabularies have half a million.
const MAX_CONTAINERS = 5_000_000;

/**
 * The file's text, or undefined where there is no such file.
 *
 * @throws CodedError `tokenizer-unsupported` when it is longer than `maxBytes`, cannot be read, or is not UTF-8.
 */
export function readText(file: string, maxBytes: number): string | undefined {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    if (!stats.isFile() || stats.size > maxBytes) throw new Error(`it is not a file of at most ${maxBytes} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw unusable(file, `cannot be read: ${reasonOf(error)}`);
  }
}

/** As {@link readText}, for a file that holds one JSON object. */
export function readJsonObject(file: string, maxBytes: number): JsonObject | undefined {
  const text = readText(file, maxBytes);
  if (text === undefined) return undefined;
  if (countContainers(text) > MAX_CONTAINERS) {
    throw unusable(file, `holds more than ${MAX_CONTAINERS} lists and objects`);
  }
  const value = parse(file, text);
  if (!isJsonObject(value)) throw unusable(file, 'must hold a JSON object, and holds something else');
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function countContainers(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '[' || text[at] === '{') count++;
  }
  return count;
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(file, `is not valid JSON: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error for a tokenizer file that cannot be what it should be. */
export function unusable(file: string, what: string): CodedError {
  return new CodedError(
    'tokenizer-unsupported',
    `${path.basename(file)} ${what}.`,
    'Download the file again from where the model came from.',
    { path: file },
  );
}
