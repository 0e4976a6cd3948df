import { createHash, type Hash } from 'node:crypto';
import type { Checkpoint } from './checkpoint.ts';
import { withFile, type OpenFile } from './file-bytes.ts';
import type { TensorLocation } from './safetensors.ts';

const WHOLE_UP_TO = 64 * 2 ** 20;
const SAMPLE = 4096;

/**
 * The identity of a model's weights: a SHA-256 in hexadecimal, the same however they are split over files.
 *
 * Hashed are the tensors in the order of their names (UTF-16 code units), each as the JSON line `[name, dtype, shape]`
 * followed by its bytes: all of them where the tensors have 64 MiB or less in total, otherwise the first, the middle
 * (starting at floor((length - 4096) / 2)) and the last 4 KiB of each, and all of tensors up to 12 KiB. A change of a
 * large model outside these samples goes unseen; fine-tuning changes every tensor it touches throughout. A `variant`, the name of
 * another way to compute with the same weights, is hashed first.
 */
export function fingerprint({ tensors }: Checkpoint, variant?: string): string {
  const sorted = [...tensors.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const total = sorted.reduce((sum, tensor) => sum + tensor.length, 0);
  const hash = createHash('sha256');
  if (variant !== undefined) hash.update(`${variant}\n`);
  for (const tensor of sorted) {
    hash.update(`${JSON.stringify([tensor.name, tensor.dtype, tensor.shape])}\n`);
    withFile(tensor.file, (file) => {
      hashBytes(hash, file, tensor, total <= WHOLE_UP_TO);
    });
  }
  return hash.digest('hex');
}

function hashBytes(hash: Hash, file: OpenFile, { offset, length }: TensorLocation, whole: boolean): void {
  if (whole || length <= 3 * SAMPLE) {
    hash.update(file.read(offset, length));
    return;
  }
  const last = length - SAMPLE;
  for (const start of [0, Math.floor(last / 2), last]) {
    hash.update(file.read(offset + start, SAMPLE));
  }
}
