import { mkdirSync } from 'node:fs';
import path from 'node:path';

import type { ExportFormat, RunFolders } from '../../protocol/evaluation-api.ts';
import { GROUPS, type EvaluationResult, type PictureData } from '../../protocol/evaluation.ts';
import { accessing, replaceFile } from '../grace/durable-file.ts';
import { readPictureData } from './picture-data.ts';
import { readResult } from './result.ts';
import { RunFolder } from './run-folder.ts';
import { readLog } from './run-log.ts';

interface NamedFile {
  readonly name: string;
  readonly content: string;
}

/** What the bundle of the pages' pictures offers, beside the one that this is in. */
interface Pictures {
  readonly pictureFiles: (data: PictureData) => readonly { readonly name: string; readonly svg: string }[];
}

/**
 * Writes what runs and a sweep have come to into a folder, which is made if need be; files of the same names are replaced.
 *
 * @returns whole paths of the files
 * @throws CodedError `bad-input-file` for a folder that holds no run; those of writing.
 */
export async function exportRuns(from: RunFolders, format: ExportFormat, out: string): Promise<readonly string[]> {
  const files = await filesOf(from, format);
  accessing(out, () => mkdirSync(out, { recursive: true }));
  return files.map(({ name, content }) => {
    const file = path.resolve(out, name);
    replaceFile(file, [Buffer.from(content)]);
    return file;
  });
}

async function filesOf({ runs, sweep }: RunFolders, format: ExportFormat): Promise<readonly NamedFile[]> {
  switch (format) {
    case 'svg': {
      // A bundle of its own: what does not draw starts without a plotting library.
      const bundle: string = new URL('./pictures.js', import.meta.url).href;
      const { pictureFiles } = (await import(bundle)) as Pictures;
      return pictureFiles(readPictureData(runs, sweep)).map(({ name, svg }) => ({ name, content: svg }));
    }
    case 'csv':
      return runs.map((run) => ({
        name: `${path.basename(run)}.csv`,
        content: numbersOf(readResult(RunFolder.open(run))),
      }));
    case 'jsonl':
      return runs.map((run) => ({ name: `${path.basename(run)}.jsonl`, content: linesOf(RunFolder.open(run)) }));
  }
}

const MEASURES = ['prompts', 'exact', 'f1', 'forced', 'perplexity', 'unchanged'] as const;

/** A row for each method, checkpoint and group; a perplexity beyond numbers and a time that is not known are empty. */
function numbersOf({ methods }: EvaluationResult): string {
  const rows = methods.flatMap(({ method, checkpoints, cost }) =>
    checkpoints.flatMap(({ edits, keys, groups }) => {
      const took = cost?.checkpoints.find((one) => one.edits === edits);
      const costs = [took?.medianSeconds ?? '', took?.memory ?? ''];
      return GROUPS.flatMap((group) => {
        const metrics = groups[group];
        const measures = MEASURES.map((name) => metrics?.[name] ?? '');
        return metrics ? [[method, edits, keys ?? '', group, ...measures, ...costs]] : [];
      });
    }),
  );
  return [['method', 'edits', 'keys', 'group', ...MEASURES, 'medianSeconds', 'memory'], ...rows]
    .map((row) => `${row.join(',')}\r\n`)
    .join('');
}

/** Every line of every method's log, with the method. */
const linesOf = (run: RunFolder): string =>
  run.methods
    .flatMap((method) => readLog(run.pathOf(method)).map((line) => `${JSON.stringify({ method, ...line })}\n`))
    .join('');
