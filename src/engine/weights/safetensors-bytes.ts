import { z } from 'zod';
import { CodedError } from '../../protocol/coded-error.ts';
import { parseJsonObject } from './json-file.ts';

/** A tensor in memory: its numbers row by row. */
export interface ArrayTensor {
  readonly shape: readonly number[];
  /** F32 or F64 in the file. */
  readonly data: Float32Array | Float64Array;
}

/** A whole safetensors file in memory. */
export interface ArrayTensors {
  readonly tensors: ReadonlyMap<string, ArrayTensor>;
  /** What the format calls `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

const LENGTH_BYTES = 8;
// The limit of the official implementation (safetensors, src/tensor.rs, MAX_HEADER_SIZE).
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';

const natural = z.int().nonnegative();
const entrySchema = z.object({
  dtype: z.enum(['F32', 'F64']),
  shape: z.array(natural),
  data_offsets: z.tuple([natural, natural]),
});
const metadataSchema = z.record(z.string(), z.string());

type HeaderEntry = z.infer<typeof entrySchema> & { readonly name: string };

/**
 * The bytes of a safetensors file, piece by piece; the same tensors in the same order give the same bytes.
 *
 * @throws CodedError `bad-argument` when the header would be larger than readers of the format accept.
 * @see https://huggingface.co/docs/safetensors/index#format
 */
export function* encodeSafetensors({ tensors, metadata }: ArrayTensors): Generator<Uint8Array> {
  // The widest numbers first, so that all of them lie at multiples of their size.
  const sorted = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { [METADATA]: metadata } : {};
  let begin = 0;
  for (const [name, { shape, data }] of sorted) {
    const end = begin + data.byteLength;
    header[name] = { dtype: data instanceof Float64Array ? 'F64' : 'F32', shape, data_offsets: [begin, end] };
    begin = end;
  }
  yield encodeHeader(JSON.stringify(header));
  for (const [, { data }] of sorted) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function encodeHeader(json: string): Uint8Array {
  const bytes = Buffer.byteLength(json);
  const padded = Math.ceil(bytes / 8) * 8;
  if (padded > MAX_HEADER_BYTES) {
    throw new CodedError(
      'bad-argument',
      `The header of the safetensors file would take ${padded} bytes, and readers accept ${MAX_HEADER_BYTES}.`,
      'Write fewer tensors and less metadata to one file.',
    );
  }
  const header = Buffer.alloc(LENGTH_BYTES + padded, ' ');
  header.writeBigUInt64LE(BigInt(padded));
  header.write(json, LENGTH_BYTES);
  return header;
}

/**
 * The tensors of a safetensors file that lies in memory whole, copied out of it.
 *
 * @throws CodedError `bad-input-file` when the bytes are not such a file: the tensors must be F32 or F64 and fill it without
 * gap or overlap.
 */
export function decodeSafetensors(bytes: Uint8Array): ArrayTensors {
  const { data, header } = splitHeader(bytes);
  const { [METADATA]: rawMetadata = {}, ...rawEntries } = header;
  const metadata = metadataSchema.safeParse(rawMetadata);
  if (!metadata.success) throw malformed('its metadata is not text');
  const entries = Object.entries(rawEntries).map(([name, raw]) => headerEntry(name, raw));
  checkOffsets(entries, data.length);
  return { tensors: new Map(entries.map((entry) => [entry.name, tensorAt(entry, data)])), metadata: metadata.data };
}

function splitHeader(bytes: Uint8Array): { data: Uint8Array; header: Readonly<Record<string, unknown>> } {
  if (bytes.length < LENGTH_BYTES) throw malformed(`it has only ${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > Math.min(bytes.length - LENGTH_BYTES, MAX_HEADER_BYTES)) {
    throw malformed(`it gives its header ${length} bytes, more than there are or may be`);
  }
  const json = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  try {
    const header = parseJsonObject(json, 'its header', { uniqueNames: true });
    return { data: bytes.subarray(LENGTH_BYTES + length), header };
  } catch (error) {
    if (error instanceof CodedError) throw malformed(error.message.replace(/\.$/, ''));
    throw error;
  }
}

function headerEntry(name: string, raw: unknown): HeaderEntry {
  const entry = entrySchema.safeParse(raw);
  if (!entry.success) throw malformed(`the tensor ${name} is not described as an F32 or F64 tensor is`);
  return { name, ...entry.data };
}

function checkOffsets(entries: readonly HeaderEntry[], dataLength: number): void {
  let end = 0;
  for (const { name, data_offsets } of [...entries].sort((a, b) => a.data_offsets[0] - b.data_offsets[0])) {
    if (data_offsets[0] !== end || data_offsets[1] < end) throw malformed(`the tensor ${name} lies in a wrong place`);
    end = data_offsets[1];
  }
  if (end !== dataLength) throw malformed(`its tensors take ${end} bytes, and there are ${dataLength}`);
}

function tensorAt({ name, dtype, shape, data_offsets: [begin, end] }: HeaderEntry, data: Uint8Array): ArrayTensor {
  const Numbers = dtype === 'F64' ? Float64Array : Float32Array;
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements * Numbers.BYTES_PER_ELEMENT !== end - begin) {
    throw malformed(`the tensor ${name} has ${end - begin} bytes, which its shape [${shape.join(', ')}] does not fill`);
  }
  // A copy starts its own buffer: views must lie at multiples of the element size, and would keep the whole file.
  const copy = new Uint8Array(end - begin);
  copy.set(data.subarray(begin, end));
  return { shape, data: new Numbers(copy.buffer) };
}

function malformed(reason: string): CodedError {
  return new CodedError('bad-input-file', `This is not a sound safetensors file: ${reason}.`, 'Export the file again.');
}
