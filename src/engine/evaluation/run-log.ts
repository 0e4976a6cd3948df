import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

import type { EditAction } from '../../protocol/edit.ts';
import { GROUPS, type EvaluationLine } from '../../protocol/evaluation.ts';
import { accessing, writeFully } from '../grace/durable-file.ts';

const FILE = 'log.jsonl';

const answered = {
  prompt: z.string(),
  target: z.string(),
  output: z.string(),
  exact: z.boolean(),
  f1: z.number(),
  forced: z.boolean(),
  nll: z.number().nullable(),
};
/** How a group did, as logs and cells have it. */
export const metricsSchema = z.object({
  prompts: z.number(),
  exact: z.number(),
  f1: z.number(),
  forced: z.number(),
  perplexity: z.number().nullable(),
  unchanged: z.number(),
});
/** An edit's own answer stands in the edit's line. */
const ANSWERED = GROUPS.filter((group) => group !== 'ES');
const ACTIONS = ['add', 'expand', 'reuse', 'split', 'update'] as const satisfies readonly EditAction[];

const entry = { entry: z.int(), edit: z.int(), distance: z.number(), radius: z.number() };
const match = z
  .looseObject({
    ...{ found: z.array(z.string()), missing: z.array(z.string()), own: z.boolean() },
    ...{ coverage: z.number(), run: z.number(), score: z.number(), threshold: z.number() },
  })
  .optional();
const nearest = z.looseObject({ ...entry, match }).nullable();
/** Whoever reads a decision relies on it that an entry that fired has its numbers. */
const decision = z
  .discriminatedUnion('fired', [
    z.looseObject({ fired: z.literal(true), ...entry, match, nearest }),
    z.looseObject({
      fired: z.literal(false),
      ...{ entry: z.null(), edit: z.null(), distance: z.null(), radius: z.null() },
      nearest,
    }),
  ])
  .optional();

const lineSchema = z.discriminatedUnion('op', [
  z.looseObject({
    op: z.literal('edit'),
    row: z.int(),
    steps: z.number(),
    seconds: z.number().nullable(),
    edit: z.int().optional(),
    action: z.enum(ACTIONS).optional(),
    decision,
    ...answered,
  }),
  z.looseObject({
    ...answered,
    op: z.literal('answer'),
    edits: z.int(),
    group: z.enum(ANSWERED),
    row: z.int(),
    unchanged: z.boolean(),
    decision,
  }),
  z.looseObject({
    op: z.literal('checkpoint'),
    edits: z.int(),
    keys: z.number().nullable(),
    memory: z.number(),
    groups: z.partialRecord(z.enum(GROUPS), metricsSchema),
  }),
]);

/** Whether anything was begun in a folder. */
export const hasLog = (folder: string): boolean => existsSync(path.join(folder, FILE));

/** Reads a log as far as it makes sense: what stands behind a torn or damaged line is not read. */
export function readLog(folder: string): readonly EvaluationLine[] {
  return read(path.join(folder, FILE)).lines;
}

function read(file: string): { readonly lines: EvaluationLine[]; readonly ends: number[] } {
  const lines: EvaluationLine[] = [];
  const ends: number[] = [];
  if (!existsSync(file)) return { lines, ends };
  const bytes = readFileSync(file);
  for (let begin = 0; ;) {
    const end = bytes.indexOf(0x0a, begin);
    if (end < 0) break;
    const line = parse(bytes.toString('utf8', begin, end));
    if (!line) break;
    lines.push(line);
    ends.push(end + 1);
    begin = end + 1;
  }
  return { lines, ends };
}

function parse(text: string): EvaluationLine | undefined {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** A log that is appended to. */
export class RunLog {
  readonly #descriptor: number;
  #lines: EvaluationLine[];

  private constructor(descriptor: number, lines: EvaluationLine[]) {
    this.#descriptor = descriptor;
    this.#lines = lines;
  }

  /** Opens a log and cuts off what stands behind the first `keep` of its sound lines; where `keep` throws, nothing. */
  static open(folder: string, keep: (lines: readonly EvaluationLine[]) => number): RunLog {
    const file = path.join(folder, FILE);
    const { lines, ends } = read(file);
    const kept = keep(lines);
    const descriptor = accessing(file, () => openSync(file, 'a'));
    ftruncateSync(descriptor, kept === 0 ? 0 : ends[kept - 1]!);
    return new RunLog(descriptor, lines.slice(0, kept));
  }

  get lines(): readonly EvaluationLine[] {
    return this.#lines;
  }

  append(line: EvaluationLine): void {
    writeFully(this.#descriptor, Buffer.from(`${JSON.stringify(line)}\n`));
    this.#lines.push(line);
  }

  /** Waits until all of it is on the disk. */
  sync(): void {
    fsyncSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
