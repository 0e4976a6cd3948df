import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

import { GROUPS, type SweepCell } from '../../protocol/evaluation.ts';
import { accessing, replaceFile, writeFully } from '../grace/durable-file.ts';
import { metricsSchema } from './run-log.ts';

const FILE = 'cells.jsonl';

const cellSchema: z.ZodType<SweepCell> = z.looseObject({
  hook: z.string(),
  policy: z.string(),
  radius: z.number(),
  measured: z.number(),
  edits: z.int(),
  keys: z.int(),
  groups: z.partialRecord(z.enum(GROUPS), metricsSchema),
});

/** The cells of a sweep that are done, as far as they make sense: what stands behind a torn or damaged line is not read. */
export function readCells(folder: string): readonly SweepCell[] {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return [];
  const cells: SweepCell[] = [];
  // A line without its end is torn, whatever it holds.
  for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
    const cell = parse(line);
    if (!cell) break;
    cells.push(cell);
  }
  return cells;
}

function parse(line: string): SweepCell | undefined {
  try {
    return cellSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** The same, to be added to. */
export class SweepCells {
  readonly #descriptor: number;
  readonly #cells: SweepCell[];

  private constructor(descriptor: number, cells: readonly SweepCell[]) {
    this.#descriptor = descriptor;
    this.#cells = [...cells];
  }

  static open(folder: string): SweepCells {
    const file = path.join(folder, FILE);
    const cells = readCells(folder);
    replaceFile(file, [Buffer.from(cells.map((cell) => `${JSON.stringify(cell)}\n`).join(''))]);
    return new SweepCells(
      accessing(file, () => openSync(file, 'a')),
      cells,
    );
  }

  has({ hook, policy, radius }: Pick<SweepCell, 'hook' | 'policy' | 'radius'>): boolean {
    return this.#cells.some((cell) => cell.hook === hook && cell.policy === policy && cell.radius === radius);
  }

  add(cell: SweepCell): void {
    writeFully(this.#descriptor, Buffer.from(`${JSON.stringify(cell)}\n`));
    fsyncSync(this.#descriptor);
    this.#cells.push(cell);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
