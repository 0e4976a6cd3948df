import { basename } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../protocol/coded-error.ts';
import { withFile, type OpenFile } from './file-bytes.ts';
import { parseJsonObject, type JsonObject } from './json-file.ts';

/** The number formats of weights that this version computes with. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

/** Where one tensor lies on disk. */
export interface TensorLocation {
  readonly name: string;
  /** As the file spells it; ask {@link floatDtype} before using the tensor. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The file, with symbolic links as they were given. */
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

const LENGTH_BYTES = 8;
// The limit of the official implementation (safetensors, src/tensor.rs, MAX_HEADER_SIZE).
const MAX_HEADER_BYTES = 100_000_000;

const DTYPES_BY_BITS = {
  4: 'F4',
  6: 'F6_E2M3 F6_E3M2',
  8: 'BOOL U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ',
  16: 'I16 U16 F16 BF16',
  32: 'I32 U32 F32',
  64: 'I64 U64 F64 C64',
};
const BITS = new Map(
  Object.entries(DTYPES_BY_BITS).flatMap(([bits, names]) =>
    names.split(' ').map((name) => [name, Number(bits)] as const),
  ),
);

const natural = z.int().nonnegative();
const tensorEntry = z.object({
  dtype: z.string(),
  shape: z.array(natural),
  data_offsets: z.tuple([natural, natural]),
});

/**
 * Reads the header of a safetensors file, never its tensors.
 *
 * Checks what the official implementation checks: lengths agree with data types and shapes, and the tensors fill the
 * rest of the file without gap or overlap. Tensors of unknown data types are listed too.
 *
 * @throws CodedError `model-damaged` when the file breaks these rules or is of another kind; `model-not-found` when it
 * cannot be read.
 * @see https://huggingface.co/docs/safetensors/index#format
 */
export function readSafetensorsHeader(path: string): ReadonlyMap<string, TensorLocation> {
  return withFile(path, (file) => {
    const header = readHeaderBytes(file);
    const data = { file: path, begin: LENGTH_BYTES + header.length, end: file.size };
    return listTensors(parseJsonObject(header, `The header of ${basename(path)}`, { uniqueNames: true }), data);
  });
}

/**
 * The number format of a tensor that is about to be used.
 *
 * @throws CodedError `model-unsupported` when it is not F32, F16 or BF16.
 */
export function floatDtype(tensor: Pick<TensorLocation, 'name' | 'dtype'>): FloatDtype {
  const { name, dtype } = tensor;
  if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') return dtype;
  throw new CodedError(
    'model-unsupported',
    `The tensor ${name} is stored as ${dtype}, and this version computes with F32, F16 and BF16 only.`,
    'Use the unquantised weights of this model.',
    { tensor: name, dtype },
  );
}

function readHeaderBytes(file: OpenFile): Uint8Array {
  const start = file.read(0, Math.min(file.size, LENGTH_BYTES + 1));
  if (start.length <= LENGTH_BYTES) {
    throw damaged(file.path, `it has only ${file.size} bytes`);
  }
  const length = Number(new DataView(start.buffer).getBigUint64(0, true));
  const plausible = length <= MAX_HEADER_BYTES && LENGTH_BYTES + length <= file.size;
  if (!plausible || String.fromCharCode(start[LENGTH_BYTES]!) !== '{') {
    const other = otherKind(start);
    throw other === undefined
      ? damaged(file.path, 'it does not begin with the length and the text of a header')
      : new CodedError('model-damaged', `${basename(file.path)} ${other[0]}.`, other[1], { path: file.path });
  }
  return file.read(LENGTH_BYTES, length);
}

// Only asked of files that are no safetensors: a header length may well start with these bytes.
function otherKind(start: Uint8Array): readonly [what: string, advice: string] | undefined {
  const text = String.fromCharCode(...start);
  const convert =
    'Convert the model to safetensors: load it in Python and call save_pretrained(safe_serialization=True).';
  if (text.startsWith('PK')) return ['is a zip archive (a PyTorch checkpoint), not safetensors', convert];
  if (text.startsWith('\x80')) return ['is a Python pickle, not safetensors', convert];
  if (text.startsWith('GGUF'))
    return ['is a GGUF file, not safetensors', 'Give a GGUF file by a name that ends in .gguf.'];
  if (text.startsWith('version ')) return ['is a pointer of Git LFS, not weights', 'Run `git lfs pull` in its folder.'];
  return undefined;
}

/** The bytes of a file that tensors fill. */
interface DataArea {
  readonly file: string;
  readonly begin: number;
  readonly end: number;
}

function listTensors(header: JsonObject, data: DataArea): ReadonlyMap<string, TensorLocation> {
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  const tensors = entries.map(([name, entry]) => locate(name, entry, data));
  checkCoverage(tensors, data);
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

function locate(name: string, value: unknown, data: DataArea): TensorLocation {
  const entry = tensorEntry.safeParse(value);
  if (!entry.success) {
    throw damaged(data.file, `its header does not say type, shape and place of the tensor ${name}`);
  }
  const { dtype, shape, data_offsets } = entry.data;
  const [begin, end] = data_offsets;
  const elements = shape.reduce((count, size) => count * size, 1);
  const bits = BITS.get(dtype);
  const wrongLength = bits !== undefined && elements * bits !== (end - begin) * 8;
  if (end < begin || wrongLength || !Number.isSafeInteger(elements)) {
    throw damaged(data.file, `${end - begin} bytes do not hold the tensor ${name}, ${dtype} [${shape.join(', ')}]`);
  }
  return { name, dtype, shape, file: data.file, offset: data.begin + begin, length: end - begin };
}

function checkCoverage(tensors: readonly TensorLocation[], data: DataArea): void {
  let at = data.begin;
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || a.length - b.length)) {
    if (tensor.offset !== at) {
      throw damaged(data.file, `the tensor ${tensor.name} starts at byte ${tensor.offset} where ${at} was expected`);
    }
    at += tensor.length;
  }
  if (at !== data.end) {
    throw damaged(data.file, `its tensors end at byte ${at}, the file at byte ${data.end}`);
  }
}

function damaged(path: string, what: string): CodedError {
  return new CodedError(
    'model-damaged',
    `${basename(path)} is not a sound safetensors file: ${what.slice(0, 300)}.`,
    'Download the file again from where the model came from.',
    { path },
  );
}
