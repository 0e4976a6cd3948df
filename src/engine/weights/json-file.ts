import { basename } from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { withFile } from './file-bytes.ts';

/** A JSON object from a model's folder: names and values as the file has them, to be checked where they are used. */
export type JsonObject = Readonly<Record<string, unknown>>;

// Configurations nest four or five deep; code that walks them may recurse.
const MAX_DEPTH = 64;
// A parsed value takes far more memory than its text; a header of half a million tensors has fewer.
const MAX_VALUES = 5_000_000;

export interface JsonRules {
  /** Refuse an object with two members of one name; otherwise the last one counts, as in Python. */
  readonly uniqueNames?: boolean;
}

/**
 * Reads a JSON file that holds one object.
 *
 * @throws CodedError `model-not-found` when it cannot be read, `model-damaged` when it is longer than `maxBytes`, is not
 * UTF-8 or JSON (with the place), nests too deeply, holds too many values, or something else than an object.
 */
export function readJsonObject(path: string, maxBytes: number, rules: JsonRules = {}): JsonObject {
  const bytes = withFile(path, (file) => {
    if (file.size > maxBytes) {
      throw damaged(basename(path), `is ${file.size} bytes long, more than the ${maxBytes} that such a file may have`);
    }
    return file.read(0, file.size);
  });
  return parseJsonObject(bytes, basename(path), rules);
}

/** Reads the UTF-8 text of one JSON object, which errors call `subject`. Errors as for {@link readJsonObject}. */
export function parseJsonObject(bytes: Uint8Array, subject: string, { uniqueNames }: JsonRules = {}): JsonObject {
  const text = decodeUtf8(bytes, subject);
  const { depth, values, members } = surveyJson(text);
  if (depth > MAX_DEPTH) throw damaged(subject, `nests more than ${MAX_DEPTH} levels deep`);
  if (values > MAX_VALUES) throw damaged(subject, `holds more than ${MAX_VALUES} values`);
  const value = parseJson(text, subject);
  if (!isJsonObject(value)) throw damaged(subject, 'must hold a JSON object, and holds something else');
  if (uniqueNames === true && countMembers(value) !== members)
    throw damaged(subject, 'has the same name twice in one object');
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface JsonSurvey {
  /** Levels of objects and arrays. */
  readonly depth: number;
  /** Values of all kinds, a little more than there are. */
  readonly values: number;
  /** Members of objects. */
  readonly members: number;
}

/** What a JSON text holds, counted from the punctuation outside its strings before anything is built from it. */
function surveyJson(text: string): JsonSurvey {
  let [level, depth, values, members] = [0, 0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === ',') values++;
    else if (char === ':') members++;
    else if (char === '}' || char === ']') level--;
    else if (char === '{' || char === '[') {
      values++;
      depth = Math.max(depth, ++level);
    }
  }
  return { depth, values, members };
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function countMembers(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countMembers(item), 0);
  if (!isJsonObject(value)) return 0;
  return Object.values(value).reduce<number>((sum, member) => sum + 1 + countMembers(member), 0);
}

function decodeUtf8(bytes: Uint8Array, subject: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw damaged(subject, 'is not text in UTF-8');
  }
}

function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw damaged(subject, `is not valid JSON: ${reason}${lineAndColumn(text, reason)}`);
  }
}

// V8 gives an offset for most mistakes, and quotes the surrounding text for the others.
function lineAndColumn(text: string, reason: string): string {
  const offset = reason.includes('end of JSON') ? text.length : Number(/at position (\d+)$/.exec(reason)?.[1]);
  if (Number.isNaN(offset)) return '';
  const lines = text.slice(0, offset).split('\n');
  return `, line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}

function damaged(subject: string, what: string): CodedError {
  return new CodedError(
    'model-damaged',
    `${subject} ${what}.`,
    'Correct the file, or download it again from where the model came from.',
    { subject },
  );
}
