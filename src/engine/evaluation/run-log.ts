import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

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
const metrics = z.object({
  prompts: z.number(),
  exact: z.number(),
  f1: z.number(),
  forced: z.number(),
  perplexity: z.number().nullable(),
  unchanged: z.number(),
});
const lineSchema = z.discriminatedUnion('op', [
  z.looseObject({
    op: z.literal('edit'),
    row: z.int(),
    steps: z.number(),
    seconds: z.number().nullable(),
    ...answered,
  }),
  z.looseObject({
    ...answered,
    op: z.literal('answer'),
    edits: z.int(),
    group: z.enum(GROUPS),
    row: z.int(),
    unchanged: z.boolean(),
  }),
  z.looseObject({
    op: z.literal('checkpoint'),
    edits: z.int(),
    keys: z.number().nullable(),
    memory: z.number(),
    groups: z.partialRecord(z.enum(GROUPS), metrics),
  }),
]);

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

  /** Opens a log and cuts off what stands behind the first `keep` of its sound lines. */
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
