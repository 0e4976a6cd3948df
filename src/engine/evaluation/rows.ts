import { z } from 'zod';

import { CodedError } from '../../protocol/coded-error.ts';
import { decodeText, readInputFile } from '../text/input-file.ts';
import type { RowsFile } from './experiment.ts';

/** One line of a data file: what is asked, and what should be said. */
export interface Row {
  readonly prompt: string;
  /** What is taught or scored; others are as right. */
  readonly targets: readonly string[];
  readonly subject?: string | undefined;
  readonly relation?: string | undefined;
  /** Other wordings in the row. */
  readonly rephrasings: readonly string[];
}

const text = z.string('must be a text').refine((value) => value.trim() !== '', 'must not be empty');
const several = z.union([text.transform((one) => [one]), z.array(text).min(1)], 'must be a text or a list of texts');

/** The names that published data sets give to the same things. */
const rowSchema = z
  .looseObject(
    {
      prompt: text.optional(),
      question: text.optional(),
      text: text.optional(),
      subject: text.optional(),
      relation: text.optional(),
      target: several.optional(),
      answer: several.optional(),
      label: several.optional(),
      rephrasings: z.array(text).optional(),
      rephrases: z.array(text).optional(),
      rewording: text.optional(),
    },
    'must be an object, {"prompt", "target"} for example',
  )
  .transform((row) => ({
    prompt: row.prompt ?? row.question ?? row.text ?? '',
    targets: row.target ?? row.answer ?? row.label ?? [],
    subject: row.subject,
    relation: row.relation,
    rephrasings: row.rephrasings ?? (row.rewording === undefined ? row.rephrases : [row.rewording]) ?? [],
  }));

/**
 * Reads a data file: JSON Lines, or plain text whose passages are separated by blank lines (rows without targets).
 *
 * @throws CodedError `bad-input-file` with the line that is wrong, or when no row is left.
 */
export function readRows(file: string, where: RowsFile['where']): readonly Row[] {
  const content = readText(file);
  const rows = file.endsWith('.txt') ? passages(content) : jsonLines(content, file, where);
  if (rows.length > 0) return rows;
  throw new CodedError('bad-input-file', `${file} has no rows that the experiment asks for.`, 'Check the file.');
}

const passages = (content: string): Row[] =>
  content
    .split(/\n\s*\n/)
    .map((passage) => ({ prompt: passage.trim(), targets: [], rephrasings: [] }))
    .filter(({ prompt }) => prompt !== '');

function jsonLines(content: string, file: string, where: RowsFile['where']): Row[] {
  return content.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    const bad = (problem: string): CodedError =>
      new CodedError('bad-input-file', `Line ${at + 1} of ${file} ${problem}.`, 'Check the file.', { line: at + 1 });
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw bad('is not JSON');
    }
    const parsed = rowSchema.safeParse(value);
    if (!parsed.success) throw bad(`cannot be used: ${problemOf(parsed.error)}`);
    const fields = value as Readonly<Record<string, unknown>>;
    return Object.entries(where).every(([name, wanted]) => wantedField(fields[name], wanted)) ? [parsed.data] : [];
  });
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  const field = issue!.path.join('.');
  return field === '' ? `it ${issue!.message}` : `${field} ${issue!.message}`;
}

/** A field is what `where` says: the value itself, or one of a list. */
const wantedField = (value: unknown, wanted: unknown): boolean =>
  Array.isArray(wanted) ? wanted.includes(value) : value === wanted;

const wordingsSchema = z.object({
  relations: z.array(z.object({ relation: text, questions: z.array(text.refine((q) => q.includes('{}'))).min(2) })),
});

/** The questions that ask for each relation, `{}` standing for the subject. Errors as {@link readRows}. */
export function readWordings(file: string): ReadonlyMap<string, readonly string[]> {
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('bad-input-file', `${file} is not JSON.`, 'Check the file.');
  }
  const parsed = wordingsSchema.safeParse(value);
  if (!parsed.success)
    throw new CodedError(
      'bad-input-file',
      `${file} holds no wordings (${parsed.error.issues[0]!.path.join('.')}).`,
      'It should hold {"relations": [{"relation", "questions"}]}, with {} for the subject.',
    );
  return new Map(parsed.data.relations.map(({ relation, questions }) => [relation, questions]));
}

function readText(file: string): string {
  const content = decodeText(readInputFile(file));
  if (content === undefined)
    throw new CodedError('bad-input-file', `${file} is not text in UTF-8.`, 'Save it as UTF-8.');
  return content;
}
