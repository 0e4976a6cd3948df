import { z } from 'zod';

import { CodedError } from '../../protocol/coded-error.ts';
import type { GeneralityKind } from '../../protocol/generality.ts';

const text = z.string().min(1);
const optional = text.nullish();

const factSchema = z.object({
  prompt: text,
  target: text,
  subject: optional,
  rewording: optional,
  prefixedRewording: optional,
  alias: optional,
  otherSubject: optional,
  otherQuestion: optional,
  otherRelation: optional,
});

/** A fact to edit, and prompts that its edit must answer or leave alone. */
export type GeneralityFact = z.infer<typeof factSchema>;

/** The prompts of a fact in the order in which they are tried. */
export const FACT_KINDS = [
  'prompt',
  'rewording',
  'prefixedRewording',
  'alias',
  'otherSubject',
  'otherQuestion',
  'otherRelation',
] as const satisfies readonly (GeneralityKind & keyof GeneralityFact)[];

/**
 * Reads facts, one JSON object a line; fields it does not know are ignored.
 *
 * @throws CodedError `bad-input-file`, naming the line
 */
export function readFacts(content: string, file: string): readonly GeneralityFact[] {
  return lines(content, file, factSchema);
}

/** Reads questions, one `{"question"}` a line. Errors as {@link readFacts}. */
export function readQuestions(content: string, file: string): readonly string[] {
  return lines(content, file, z.object({ question: text })).map(({ question }) => question);
}

function lines<T>(content: string, file: string, schema: z.ZodType<T>): readonly T[] {
  return content.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    const parsed = schema.safeParse(parse(line));
    if (parsed.success) return [parsed.data];
    const { path, message } = parsed.error.issues[0]!;
    throw new CodedError(
      'bad-input-file',
      `Line ${at + 1} of ${file} cannot be used: ${[...path, message].join(': ')}.`,
      'A line is {"prompt": "...", "target": "...", "rewording": "...", "otherSubject": "..."}.',
    );
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
