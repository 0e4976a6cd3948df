import { basename } from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { withFile, type OpenFile } from './file-bytes.ts';
import { GgufCursor, GgufFault } from './gguf-cursor.ts';
import { readMetadata, type GgufMetadata } from './gguf-metadata.ts';
import { BLOCK_FORMATS, isBlockFormat } from './block-formats.ts';
import type { TensorLocation } from './safetensors.ts';

/** What a GGUF file says of itself before its numbers begin. */
export interface GgufHeader {
  readonly metadata: GgufMetadata;
  /** Every tensor under the file's own name; shapes in the order of PyTorch, the longest stride first. */
  readonly tensors: ReadonlyMap<string, TensorLocation>;
}

// Stated limits: a header may be this long, and list this many tensors; both are far above what models have.
const MAX_HEADER_BYTES = 256 * 2 ** 20;
const MAX_TENSORS = 65_536;
const MAX_NAME_BYTES = 256;
const MAX_DIMENSIONS = 4;
const DEFAULT_ALIGNMENT = 32;

/** Types of tensors by number (ggml.h, enum ggml_type), for messages as well. */
const TENSOR_TYPES: Readonly<Record<number, string>> = {
  0: 'F32', 1: 'F16', 2: 'Q4_0', 3: 'Q4_1', 6: 'Q5_0', 7: 'Q5_1', 8: 'Q8_0', 9: 'Q8_1', 10: 'Q2_K', 11: 'Q3_K', 12: 'Q4_K',
  13: 'Q5_K', 14: 'Q6_K', 15: 'Q8_K', 16: 'IQ2_XXS', 17: 'IQ2_XS', 18: 'IQ3_XXS', 19: 'IQ1_S', 20: 'IQ4_NL', 21: 'IQ3_S',
  22: 'IQ2_S', 23: 'IQ4_XS', 24: 'I8', 25: 'I16', 26: 'I32', 27: 'I64', 28: 'F64', 29: 'IQ1_M', 30: 'BF16', 34: 'TQ1_0',
  35: 'TQ2_0', 39: 'MXFP4',
}; // prettier-ignore
const FLOAT_BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };

/**
 * Reads the header of a GGUF file, version 2 or 3, little-endian; never its numbers.
 *
 * @throws CodedError `model-damaged` when the file breaks the format's rules, ends too early, or has tensors that overlap;
 * `model-unsupported` for other versions, big-endian files, and types of tensors that are not read here; `model-not-found` when
 * the file cannot be read.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function readGgufHeader(path: string): GgufHeader {
  return explained(path, () => withFile(path, (file) => readHeader(file)));
}

/** Runs `work` on what a GGUF file holds; a fault in it becomes a CodedError `model-damaged` that names the file. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GgufFault)) throw error;
    throw new CodedError(
      'model-damaged',
      `${basename(path)} is not a sound GGUF file: ${error.message.slice(0, 300)}.`,
      'Download the file again from where the model came from.',
      { path },
    );
  }
}

function readHeader(file: OpenFile): GgufHeader {
  const cursor = new GgufCursor(file, MAX_HEADER_BYTES);
  checkVersion(cursor);
  const tensorCount = cursor.u64('the number of tensors');
  const metadata = readMetadata(cursor, cursor.u64('the number of metadata keys'));
  if (tensorCount > MAX_TENSORS) throw new GgufFault(`it lists ${tensorCount} tensors, more than ${MAX_TENSORS}`);
  const entries = Array.from({ length: tensorCount }, () => readEntry(cursor));
  const alignment = readAlignment(metadata);
  const begin = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = entries.map((entry) => locate(entry, { file, begin, alignment }));
  checkOverlap(tensors);
  const named = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  if (named.size < tensors.length) throw new GgufFault('it has two tensors of one name');
  return { metadata, tensors: named };
}

function checkVersion(cursor: GgufCursor): void {
  if (cursor.u32() !== 0x46554747) throw new GgufFault('it does not begin with the letters GGUF');
  const version = cursor.u32();
  if (version === 2 || version === 3) return;
  const swapped = (version & 0xffff) === 0;
  throw new CodedError(
    'model-unsupported',
    swapped ? 'The GGUF file is for big-endian machines.' : `The GGUF file is of version ${version}.`,
    'Use a GGUF file of version 2 or 3, little-endian, as published files are.',
    { version },
  );
}

/** A tensor as the header lists it; its offset counts from where the numbers begin. */
interface Entry {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: number;
  readonly offset: number;
}

function readEntry(cursor: GgufCursor): Entry {
  const name = cursor.text('the name of a tensor', MAX_NAME_BYTES);
  const count = cursor.u32();
  if (count > MAX_DIMENSIONS) throw new GgufFault(`the tensor ${name} has ${count} dimensions`);
  const dims = Array.from({ length: count }, () => cursor.u64(`a size of the tensor ${name}`));
  return { name, dims, type: cursor.u32(), offset: cursor.u64(`the offset of the tensor ${name}`) };
}

function readAlignment(metadata: GgufMetadata): number {
  const alignment = metadata.number('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (Number.isInteger(alignment) && alignment > 0 && alignment <= 2 ** 20 && alignment % 8 === 0) return alignment;
  throw new GgufFault(`its alignment is ${alignment}, not a multiple of 8`);
}

interface DataArea {
  readonly file: OpenFile;
  readonly begin: number;
  readonly alignment: number;
}

function locate({ name, dims, type, offset }: Entry, { file, begin, alignment }: DataArea): TensorLocation {
  const dtype = TENSOR_TYPES[type] ?? `type ${type}`;
  const shape = [...dims].reverse();
  const length = byteLength(name, dtype, shape);
  if (offset % alignment !== 0) throw new GgufFault(`the tensor ${name} is not aligned to ${alignment} bytes`);
  if (begin + offset + length > file.size) throw new GgufFault(`the tensor ${name} lies beyond its end`);
  return { name, dtype, shape, file: file.path, offset: begin + offset, length };
}

function byteLength(name: string, dtype: string, shape: readonly number[]): number {
  const elements = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(elements * 4) || elements === 0)
    throw new GgufFault(`the tensor ${name} has no possible size`);
  const bytes = FLOAT_BYTES[dtype];
  if (bytes !== undefined) return elements * bytes;
  if (!isBlockFormat(dtype)) throw unsupportedType(name, dtype);
  const format = BLOCK_FORMATS[dtype];
  if (shape.length === 0 || shape.at(-1)! % format.elements !== 0) {
    throw new GgufFault(`rows of the tensor ${name} are not whole blocks of ${format.elements} numbers`);
  }
  return (elements / format.elements) * format.bytes;
}

function unsupportedType(name: string, dtype: string): CodedError {
  const known = [...Object.keys(FLOAT_BYTES), ...Object.keys(BLOCK_FORMATS)].join(', ');
  return new CodedError(
    'model-unsupported',
    `The tensor ${name} is stored as ${dtype}, which is not read here.`,
    `Use a file of the same model with one of these types: ${known}.`,
    { tensor: name, dtype },
  );
}

function checkOverlap(tensors: readonly TensorLocation[]): void {
  const sorted = [...tensors].sort((a, b) => a.offset - b.offset);
  const overlapping = sorted.find(
    (tensor, i) => i > 0 && tensor.offset < sorted[i - 1]!.offset + sorted[i - 1]!.length,
  );
  if (overlapping) throw new GgufFault(`the tensor ${overlapping.name} overlaps another one`);
}
