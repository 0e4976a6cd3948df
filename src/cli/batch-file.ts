import { createHash } from 'node:crypto';
import { z } from 'zod';

import type { ErrorReport } from '../protocol/coded-error.ts';
import { CodedError, reportError } from '../protocol/coded-error.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { messagesSchema, readTextFile } from './options.ts';

/** One line of a batch file that makes sense. */
export interface BatchLine {
  /** From 1. */
  readonly line: number;
  readonly prompt: Prompt;
  readonly target: string;
  readonly rephrasings: readonly Prompt[];
  readonly radius?: number | undefined;
  /** The same for the same content, whatever line it is on; counted where the content occurs more than once. */
  readonly source: string;
}

export interface BatchFile {
  readonly lines: readonly BatchLine[];
  readonly errors: readonly (ErrorReport & { readonly line: number })[];
}

const text = z.string().refine((value) => value.trim() !== '', 'must not be empty');

const lineSchema = z
  .object({
    prompt: text.optional(),
    messages: messagesSchema.optional(),
    target: text,
    rephrasings: z.array(text).default([]),
    radius: z.number().nonnegative().optional(),
  })
  .refine(
    ({ prompt, messages }) => (prompt === undefined) !== (messages === undefined),
    'needs either prompt or messages',
  );

/** Reads a batch file, one JSON object a line; wrong lines are told by their number, the others are kept. */
export function readBatchFile(file: string): BatchFile {
  const lines: BatchLine[] = [];
  const errors: (ErrorReport & { line: number })[] = [];
  const seen = new Map<string, number>();
  readTextFile(file)
    .split('\n')
    .forEach((content, at) => {
      if (content.trim() === '') return;
      const digest = createHash('sha256').update(content.trim()).digest('hex').slice(0, 16);
      const occurrence = (seen.get(digest) ?? 0) + 1;
      seen.set(digest, occurrence);
      try {
        lines.push(readLine(content, at + 1, `${digest}.${occurrence}`));
      } catch (error) {
        errors.push({ line: at + 1, ...reportError(error) });
      }
    });
  return { lines, errors };
}

function readLine(content: string, line: number, source: string): BatchLine {
  const parsed = lineSchema.safeParse(parse(content, line));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badLine(line, `${issue!.path.join('.')} ${issue!.message}`.trim());
  }
  const { prompt, messages, target, rephrasings, radius } = parsed.data;
  return {
    line,
    target,
    radius,
    source, // prettier-ignore
    prompt: messages ? { kind: 'chat', messages } : { kind: 'text', text: prompt! },
    rephrasings: rephrasings.map((text) => ({ kind: 'text', text })),
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
  new CodedError(
    'bad-input-file',
    `Line ${line}: ${problem}.`,
    'A line is {"prompt": "...", "target": "...", "rephrasings": ["..."]}.',
  );
