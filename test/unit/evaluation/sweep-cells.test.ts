import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { readCells, SweepCells } from '../../../src/engine/evaluation/sweep-cells.ts';
import type { SweepCell } from '../../../src/protocol/evaluation.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'grace-cells-'));
const file = path.join(folder, 'cells.jsonl');
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const metrics = { prompts: 3, exact: 1, f1: 1, forced: 1, perplexity: null, unchanged: 0.5 };
const cell = (radius: number): SweepCell => ({
  ...{ hook: 'h.1', policy: 'replace_last', radius, measured: 0.5, edits: 4, keys: 3 },
  groups: { ES: metrics, TRR: metrics },
});
const line = (content: unknown): string => `${JSON.stringify(content)}\n`;

describe('the cells of a sweep', () => {
  it.each([
    ['null', 'null\n'],
    ['a number', '3\n'],
    ['no JSON', '{"hook"\n'],
    ['nothing', '\n'],
    ['no groups', line({ ...cell(2), groups: undefined })],
    ['a group of another kind', line({ ...cell(2), groups: { ES: { ...metrics, exact: 'all' } } })],
    ['a group that there is not', line({ ...cell(2), groups: { XX: metrics } })],
    ['a radius that is no number', line({ ...cell(2), radius: null })],
    ['a line without its end', line(cell(2)).trimEnd()],
  ])('end before %s', (_, damaged) => {
    writeFileSync(file, line(cell(1)) + damaged + (damaged.endsWith('\n') ? line(cell(3)) : ''));
    expect(readCells(folder)).toEqual([cell(1)]);
    const cells = SweepCells.open(folder);
    expect([1, 2, 3].map((radius) => cells.has(cell(radius)))).toEqual([true, false, false]);
    cells.add(cell(2));
    cells.close();
    expect(readFileSync(file, 'utf8')).toBe(line(cell(1)) + line(cell(2)));
  });

  it('are none in a folder without them', () => {
    expect(readCells(path.join(folder, 'elsewhere'))).toEqual([]);
  });
});
