import { existsSync } from 'node:fs';
import path from 'node:path';

import { CodedError } from '../../protocol/coded-error.ts';
import type { EditReference, StreamedEdit } from '../../protocol/evaluation-api.ts';
import { CodebookFolder } from '../grace/codebook-folder.ts';
import { MANIFEST_FILE } from '../grace/codebook-layout.ts';
import { detailsOf } from '../grace/codebook-summary.ts';
import { RunFolder } from './run-folder.ts';
import { readLog } from './run-log.ts';

/** The codebook of a run's method; undefined where it has none. Whoever opens it closes it. */
export function openRunCodebook(run: RunFolder, method: string): CodebookFolder | undefined {
  const folder = path.join(run.pathOf(method), 'codebook');
  return existsSync(path.join(folder, MANIFEST_FILE)) ? CodebookFolder.open(folder, 'read') : undefined;
}

/**
 * An edit of a run, from its files alone.
 *
 * @throws CodedError `edit-unknown` when the method has not made it; `bad-input-file` for a folder that holds no run.
 */
export function streamedEdit({ run: folder, method, row }: EditReference): StreamedEdit {
  const run = RunFolder.open(folder);
  const line = readLog(run.pathOf(method)).find((one) => one.op === 'edit' && one.row === row);
  if (line?.op !== 'edit')
    throw new CodedError('edit-unknown', `${method} has made no edit ${row + 1} in this run.`, 'Choose another point.');
  const book = line.edit === undefined ? undefined : openRunCodebook(run, method);
  try {
    const { architecture } = run.description.model;
    return { architecture, line, details: book ? detailsOf(book, line.edit!) : null };
  } finally {
    book?.close();
  }
}
