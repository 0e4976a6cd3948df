import { existsSync } from 'node:fs';
import path from 'node:path';
import { PCA } from 'ml-pca';

import type { Decision } from '../../protocol/decision.ts';
import type { DistancePoint, KeyPoint, PictureData } from '../../protocol/evaluation.ts';
import { CodebookFolder } from '../grace/codebook-folder.ts';
import { MANIFEST_FILE } from '../grace/codebook-layout.ts';
import { readResult, readUnedited } from './result.ts';
import { RunFolder } from './run-folder.ts';
import { readLog } from './run-log.ts';
import { readCells } from './sweep-cells.ts';

/**
 * Reads what is drawn of runs: no model is needed.
 *
 * @param runs folders of runs; distances and keys are those of the first one
 * @throws CodedError `bad-input-file` for a folder that holds no run.
 */
export function readPictureData(runs: readonly string[], sweep: string | undefined): PictureData {
  const opened = runs.map((folder) => RunFolder.open(folder));
  const [first] = opened;
  return {
    runs: opened.map(readResult),
    distances: first ? distancesOf(first) : [],
    ...(first ? keysOf(first) : { keys: [], keyVariance: 0 }),
    sweep: sweep === undefined ? null : readSweep(RunFolder.open(sweep)),
  };
}

/** What a sweep has come to so far, from its files alone. */
export function readSweep(run: RunFolder): NonNullable<PictureData['sweep']> {
  const { name, title, task, model, seed } = run.description;
  return { name, title, task, model, seed, before: readUnedited(run), cells: readCells(run.path) };
}

function distancesOf(run: RunFolder): DistancePoint[] {
  const lines = readLog(run.folderOf('grace'));
  const last = lines.findLast(({ op }) => op === 'checkpoint');
  return lines.flatMap((line) => {
    if (line.op !== 'answer' || last?.op !== 'checkpoint' || line.edits !== last.edits || !line.decision) return [];
    const near = nearest(line.decision);
    return near ? [{ group: line.group, prompt: line.prompt, fired: line.decision.fired, ...near }] : [];
  });
}

function nearest({ fired, distance, radius, edit, nearest: other }: Decision) {
  if (fired) return { distance: distance!, radius: radius!, edit: edit! };
  return other && { distance: other.distance, radius: other.radius, edit: other.edit };
}

/** The entries of the run's codebook along the first two principal components of their keys. */
function keysOf(run: RunFolder): { readonly keys: readonly KeyPoint[]; readonly keyVariance: number } {
  const folder = path.join(run.folderOf('grace'), 'codebook');
  if (!existsSync(path.join(folder, MANIFEST_FILE))) return { keys: [], keyVariance: 0 };
  const book = CodebookFolder.open(folder, 'read');
  const { entries } = book.codebook;
  const records = new Map(book.edits.map(({ record }) => [record.edit, record]));
  const { places, share } = mapOf(entries.map(({ key }) => key));
  const keys = entries.map(({ valueFrom, radius }, at) => {
    const { prompt, target } = records.get(valueFrom)!;
    const [x, y] = places[at]!;
    return { edit: valueFrom, prompt: prompt.kind === 'text' ? prompt.text : '', target, x, y, radius };
  });
  book.close();
  return { keys, keyVariance: share };
}

function mapOf(vectors: readonly Float32Array[]): {
  readonly places: readonly (readonly [number, number])[];
  readonly share: number;
} {
  const centre = mean(vectors);
  const centred = vectors.map((vector) => Array.from(vector, (x, j) => x - centre[j]!));
  const variance = centred.reduce((sum, row) => sum + row.reduce((all, x) => all + x * x, 0), 0);
  if (vectors.length < 3 || variance === 0) return { places: vectors.map((_, at) => [at, 0]), share: 0 };
  const pca = new PCA(centred, { method: 'NIPALS', nCompNIPALS: 2, center: false, scale: false });
  const places = pca
    .predict(centred, { nComponents: 2 })
    .to2DArray()
    .map(([x = 0, y = 0]) => [x, y] as const);
  return { places, share: places.reduce((sum, [x, y]) => sum + x * x + y * y, 0) / variance };
}

function mean(vectors: readonly Float32Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) vector.forEach((x, j) => (sum[j] = sum[j]! + x / vectors.length));
  return sum;
}
