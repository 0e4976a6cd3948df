import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { SweepCell } from '../../protocol/evaluation.ts';
import { accessing, replaceFile, writeFully } from '../grace/durable-file.ts';

const FILE = 'cells.jsonl';

/** The cells of a sweep that are done; a line that was torn is not one of them. */
export function readCells(folder: string): readonly SweepCell[] {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as SweepCell];
      } catch {
        return [];
      }
    });
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
