import type { Decision } from '../../protocol/decision.ts';
import type { DistancePoint, KeyPoint, PictureData } from '../../protocol/evaluation.ts';
import { KeyMap } from './key-map.ts';
import { readResult, readUnedited } from './result.ts';
import { RunFolder } from './run-folder.ts';
import { readLog } from './run-log.ts';
import { openRunCodebook } from './streamed-edit.ts';
import { readCells } from './sweep-cells.ts';

/**
 * Reads what is drawn of runs: no model is needed.
 *
 * @param runs folders of runs; distances and keys are those of the first one
 * @throws CodedError `bad-input-file` for a folder that holds no run; `bad-argument` for a sweep among the runs, and the reverse.
 */
export function readPictureData(runs: readonly string[], sweep: string | undefined): PictureData {
  const opened = runs.map((folder) => RunFolder.open(folder, 'evaluation'));
  const [first] = opened;
  return {
    runs: opened.map(readResult),
    distances: first ? distancesOf(first) : [],
    ...(first ? keysOf(first) : { keys: [], keyVariance: 0 }),
    sweep: sweep === undefined ? null : readSweep(RunFolder.open(sweep, 'sweep')),
  };
}

/** What a sweep has come to so far, from its files alone. */
export function readSweep(run: RunFolder): NonNullable<PictureData['sweep']> {
  const { name, title, task, model, seed } = run.description;
  return { name, title, task, model, seed, before: readUnedited(run), cells: readCells(run.path) };
}

function distancesOf(run: RunFolder): DistancePoint[] {
  const lines = readLog(run.pathOf('grace'));
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
  const book = openRunCodebook(run, 'grace');
  if (!book) return { keys: [], keyVariance: 0 };
  try {
    const { entries } = book.codebook;
    const records = new Map(book.edits.map(({ record }) => [record.edit, record]));
    const { places, share } = new KeyMap(entries.map(({ key }) => key));
    const keys = entries.map(({ valueFrom, radius }, at) => {
      const { prompt, target } = records.get(valueFrom)!;
      const [x, y] = places[at]!;
      return { edit: valueFrom, prompt: prompt.kind === 'text' ? prompt.text : '', target, x, y, radius };
    });
    return { keys, keyVariance: share };
  } finally {
    book.close();
  }
}
