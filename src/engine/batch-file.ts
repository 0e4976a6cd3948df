import { createHash } from 'node:crypto';
import { z } from 'zod';

import type { BatchLineError } from '../protocol/batch-result.ts';
import { CodedError, reportError } from '../protocol/coded-error.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { decodeText, messagesSchema, readInputFile } from './text/input-file.ts';

/** One line of a batch file that makes sense. */
export interface BatchLine {
  /** From 1. */
  readonly line: number;
  readonly prompt: Prompt;
  readonly target: string;
  readonly rephrasings: readonly Prompt[];
  /** Prompts whose answers must stay as they are. */
  readonly probes: readonly Prompt[];
  readonly subject?: string | undefined;
  readonly negatives: readonly Prompt[];
  readonly radius?: number | undefined;
  /** The same for the same content, whatever line it is on; counted where the content occurs more than once. */
  readonly source: string;
}

export interface BatchFile {
  /** One or more. */
  readonly lines: readonly BatchLine[];
  readonly errors: readonly BatchLineError[];
}

const EXAMPLE =
  'A line is {"prompt": "...", "target": "...", "rephrasings": ["..."]}, or {"text": "...", "label": "..."}.';
const LINE_END = 0x0a;

const text = z.string('must be a text').refine((value) => value.trim() !== '', 'must not be empty');

const lineSchema = z
  .object(
    {
      prompt: text.optional(),
      text: text.optional(),
      pair: text.optional(),
      messages: messagesSchema.optional(),
      target: text.optional(),
      label: z.union([text, z.int().nonnegative()], 'must be the name or the number of a class').optional(),
      rephrasings: z.array(text, 'must be a list of texts').default([]),
      probes: z.array(text, 'must be a list of texts').default([]),
      subject: text.optional(),
      negatives: z.array(text, 'must be a list of texts').default([]),
      radius: z.number('must be a number').nonnegative('must be 0 or more').optional(),
    },
    'must be an object',
  )
  .refine(
    ({ prompt, text, messages }) => [prompt, text, messages].filter((given) => given !== undefined).length === 1,
    'needs either prompt, text or messages',
  )
  .refine(({ target, label }) => (target === undefined) !== (label === undefined), 'needs either target or label');

/**
 * Reads a batch file, one JSON object a line; wrong lines are told by their number, the others are kept.
 *
 * @throws CodedError `bad-input-file` when it cannot be read, or no line makes sense.
 */
export function readBatchFile(file: string): BatchFile {
  const lines: BatchLine[] = [];
  const errors: BatchLineError[] = [];
  const seen = new Map<string, number>();
  for (const [at, bytes] of splitLines(readInputFile(file)).entries()) {
    try {
      const content = decodeLine(bytes, at + 1);
      if (content !== '') lines.push(readLine(content, at + 1, sourceOf(content, seen)));
    } catch (error) {
      errors.push({ line: at + 1, ...reportError(error) });
    }
  }
  if (lines.length === 0) throw nothingToDo(file, errors);
  return { lines, errors };
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let begin = 0; begin < bytes.length;) {
    const lineEnd = bytes.indexOf(LINE_END, begin);
    const end = lineEnd < 0 ? bytes.length : lineEnd;
    lines.push(bytes.subarray(begin, end));
    begin = end + 1;
  }
  return lines;
}

function decodeLine(bytes: Uint8Array, line: number): string {
  const content = decodeText(bytes);
  if (content === undefined) throw badLine(line, 'is not text in UTF-8');
  return content.trim();
}

/** What an edit remembers of its line, so that a later run knows that it was made. */
function sourceOf(content: string, seen: Map<string, number>): string {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const occurrence = (seen.get(digest) ?? 0) + 1;
  seen.set(digest, occurrence);
  return `${digest}.${occurrence}`;
}

function readLine(content: string, line: number, source: string): BatchLine {
  const parsed = lineSchema.safeParse(parse(content, line));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badLine(line, [...issue!.path.slice(0, 1), issue!.message].join(' '));
  }
  const {
    prompt,
    text: document,
    pair,
    messages,
    target,
    label,
    rephrasings,
    subject,
    negatives,
    probes,
    radius,
  } = parsed.data;
  return {
    line,
    target: target ?? String(label),
    subject,
    negatives: negatives.map((text) => ({ kind: 'text', text })),
    radius,
    source, // prettier-ignore
    prompt: messages ? { kind: 'chat', messages } : { kind: 'text', text: (prompt ?? document)!, pair },
    rephrasings: rephrasings.map((text) => ({ kind: 'text', text })),
    probes: probes.map((text) => ({ kind: 'text', text })),
  };
}

function parse(content: string, line: number): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw badLine(line, 'is not JSON');
  }
}

const badLine = (line: number, problem: string): CodedError =>
  new CodedError('bad-input-file', `Line ${line}: ${problem}.`, EXAMPLE);

function nothingToDo(file: string, errors: readonly BatchLineError[]): CodedError {
  const [first] = errors;
  const sentence = first
    ? `None of the ${errors.length} lines of ${file} can be used; the first: ${first.message}`
    : `${file} has no lines.`;
  return new CodedError('bad-input-file', sentence, EXAMPLE, { errors });
}
