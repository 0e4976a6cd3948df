import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';

import { CodedError } from '../../protocol/coded-error.ts';

/** Refuses to write an export over what is no file (a device, a pipe, a folder), and into the codebook itself. */
export function checkExportTarget(codebook: string, file: string): void {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there && !there.isFile()) throw refusal(file, 'is there already and is not a file');
  if (isInside(codebook, file)) throw refusal(file, 'lies in the folder of the codebook, which has its own files only');
}

function isInside(folder: string, file: string): boolean {
  const parent = path.dirname(path.resolve(file));
  if (!statSync(parent, { throwIfNoEntry: false })) return false;
  const relative = path.relative(realpathSync(folder), realpathSync(parent));
  return relative === '' || (relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative));
}

const refusal = (file: string, why: string): CodedError =>
  new CodedError('bad-argument', `${path.resolve(file)} ${why}.`, 'Give the name of another file.');
