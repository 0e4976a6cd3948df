import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { CodedError, reportError } from '../../protocol/coded-error.ts';
import { replaceFileDurably } from '../grace/durable-file.ts';
import { decodeSafetensors, encodeSafetensors } from '../weights/safetensors-bytes.ts';

/** Parameters by name. */
export type Parameters = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

const FILE = 'state.safetensors';

/** Keeps what a method has learned after a number of edits; whole or not at all. */
export function saveState(folder: string, edits: number, parameters: Parameters): void {
  const content = { tensors: new Map(parameters), metadata: { edits: String(edits) } };
  replaceFileDurably(path.join(folder, FILE), encodeSafetensors(content));
}

/**
 * Fills parameters with what was kept of them.
 *
 * @returns the number of edits behind it; 0 where nothing that fits was kept: then all are as before
 * @throws CodedError `bad-input-file` for a damaged file.
 */
export function loadState(folder: string, parameters: Parameters): number {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return 0;
  const { tensors, metadata } = readState(file);
  const edits = Number(metadata['edits']);
  // Parameters that came from nowhere must not be trained further as if they were the initial ones.
  if (!Number.isSafeInteger(edits) || edits <= 0) return 0;
  for (const [name, { data }] of parameters) {
    const kept = tensors.get(name)?.data;
    if (!(kept instanceof Float32Array) || kept.length !== data.length) return 0;
  }
  for (const [name, { data }] of parameters) data.set(tensors.get(name)!.data);
  return edits;
}

function readState(file: string): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(readFileSync(file));
  } catch (error) {
    throw new CodedError(
      'bad-input-file',
      `${file} cannot be used: ${reportError(error).message}`,
      'Delete that file; the method then begins anew.',
    );
  }
}
