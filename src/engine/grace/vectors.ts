import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { decodeSafetensors, encodeSafetensors, type ArrayTensor } from '../weights/safetensors-bytes.ts';
import { findNotFinite } from './distance.ts';
import { replaceFile } from './durable-file.ts';

/** What an edit stores beside its record. */
export interface EditVectors {
  /** Each (d_in): the key of the prompt, then those of the rephrasings. */
  readonly keys: readonly Float32Array[];
  /** (rows, d_out); one row is the paper's value, more are a track. */
  readonly value: Float32Array;
}

export interface VectorsShape {
  readonly keys: number;
  readonly dIn: number;
  readonly dOut: number;
  /** Rows of the value at most: a track has no more than its target has tokens. */
  readonly rows: number;
}

/** How many rows the value of an edit with this label may have. */
export const mostRows = (label: readonly number[]): number => Math.max(1, label.length);

/** Names of vector files: the SHA-256 of their content. */
export const VECTORS_NAME = /^[0-9a-f]{64}\.safetensors$/;

const MAX_HEADER_BYTES = 2 ** 20;

/** The content of a vector file: safetensors with `key.0` ... `key.n` (d_in) and `value` (rows, d_out), and the name it earns. */
export function encodeVectors(
  { keys, value }: EditVectors,
  dOut: number,
): { readonly name: string; readonly bytes: Uint8Array } {
  const tensors = new Map([
    ...keys.map((key, at) => [`key.${at}`, vector(key)] as const),
    ['value', valueTensor(value, dOut)],
  ]);
  const bytes = Buffer.concat([...encodeSafetensors({ tensors, metadata: {} })]);
  return { name: `${hash('sha256', bytes)}.safetensors`, bytes };
}

/**
 * Writes the vectors of an edit into `folder` and returns the file's name; the folder must be synced afterwards.
 *
 * @throws CodedError `storage-failed` when the file system refuses.
 */
export function writeVectors(folder: string, vectors: EditVectors, dOut: number): string {
  const { name, bytes } = encodeVectors(vectors, dOut);
  replaceFile(path.join(folder, name), [bytes]);
  return name;
}

/**
 * Reads the vectors of an edit.
 *
 * @throws CodedError `vector-damaged` when the file is missing, is not what its name promises, has other shapes than `shape`
 * says, or holds numbers that are not finite.
 */
export function readVectors(folder: string, name: string, shape: VectorsShape): EditVectors {
  const file = path.join(folder, name);
  try {
    const { tensors } = decodeSafetensors(readContent(file, name, shape));
    const keys = Array.from({ length: shape.keys }, (_, at) => readVector(tensors, `key.${at}`, shape.dIn));
    if (tensors.size !== shape.keys + 1)
      throw new Error(`it holds ${tensors.size} tensors instead of ${shape.keys + 1}`);
    return { keys, value: readValue(tensors, 'value', shape) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    throw new CodedError(
      'vector-damaged',
      `The vector file ${name} cannot be used: ${reason}.`,
      'Bring it back from a copy or from version control, then open the codebook again; or revert the edit.',
      { file },
    );
  }
}

function readContent(file: string, name: string, { keys, dIn, dOut, rows }: VectorsShape): Uint8Array {
  const stats = statSync(file);
  const largest = MAX_HEADER_BYTES + (keys * dIn + rows * dOut) * Float32Array.BYTES_PER_ELEMENT;
  if (!stats.isFile() || stats.size > largest) throw new Error(`it is no file, or larger than ${largest} bytes`);
  const bytes = readFileSync(file);
  if (`${hash('sha256', bytes)}.safetensors` !== name)
    throw new Error('its content is not the one that its name promises');
  return bytes;
}

/** The value of a decoded file, (rows, d_out); its number of rows is whatever the file has, within `rows`. */
export function readValue(
  tensors: ReadonlyMap<string, ArrayTensor>,
  name: string,
  { dOut, rows }: Pick<VectorsShape, 'dOut' | 'rows'>,
): Float32Array {
  const shape = tensors.get(name)?.shape ?? [];
  const found = shape[0] ?? 0;
  if (shape.length !== 2 || found < 1 || found > rows)
    throw new Error(`its tensor ${name} is not of 1 to ${rows} rows`);
  return readTensor(tensors, name, [found, dOut]);
}

/** One vector (dim) of a decoded file. */
export function readVector(tensors: ReadonlyMap<string, ArrayTensor>, name: string, dim: number): Float32Array {
  return readTensor(tensors, name, [dim]);
}

function readTensor(tensors: ReadonlyMap<string, ArrayTensor>, name: string, wanted: readonly number[]): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`it has no tensor ${name}`);
  const { data, shape } = tensor;
  if (!(data instanceof Float32Array) || shape.join() !== wanted.join()) {
    throw new Error(`its tensor ${name} is not F32 of shape [${wanted.join(', ')}]`);
  }
  if (findNotFinite(data) >= 0) throw new Error(`its tensor ${name} has components that are not finite`);
  return data;
}

const vector = (data: Float32Array): ArrayTensor => ({ shape: [data.length], data });

/** A value as a tensor. (rows, d_out) */
export const valueTensor = (data: Float32Array, dOut: number): ArrayTensor => ({
  shape: [data.length / dOut, dOut],
  data,
});
