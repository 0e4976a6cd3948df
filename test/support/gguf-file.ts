/** A value of a GGUF file's metadata, with the type it is stored as. */
export type GgufValue =
  | { readonly u32: number }
  | { readonly i32: number }
  | { readonly f32: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly f32s: readonly number[] }
  | { readonly i32s: readonly number[] };

export interface GgufTensor {
  readonly name: string;
  /** In PyTorch's order; the file has them the other way round. */
  readonly shape: readonly number[];
  /** The number of the type in ggml.h. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

export const TYPE_NUMBERS = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q5_1: 7,
  Q8_0: 8,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
  BF16: 30,
} as const;

const ALIGNMENT = 32;

/** Bytes of a GGUF file, written from gguf.md and without the engine's reader. */
export function ggufBytes(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
  version = 3,
): Uint8Array<ArrayBuffer> {
  const header = [ascii('GGUF'), u32(version), u64(tensors.length), u64(Object.keys(metadata).length)];
  for (const [key, value] of Object.entries(metadata)) header.push(text(key), typed(value));
  let offset = 0;
  const data: Uint8Array[] = [];
  for (const { name, shape, type, bytes } of tensors) {
    header.push(text(name), u32(shape.length), ...[...shape].reverse().map(u64), u32(type), u64(offset));
    const padded = pad(bytes, bytes.length);
    data.push(padded);
    offset += padded.length;
  }
  const head = joined(header);
  return joined([pad(head, head.length), ...data]);
}

export const f32Tensor = (name: string, shape: readonly number[], numbers: Float32Array): GgufTensor => ({
  name,
  shape,
  type: TYPE_NUMBERS.F32,
  bytes: new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
});

function typed(value: GgufValue): Uint8Array {
  if ('u32' in value) return joined([u32(4), u32(value.u32)]);
  if ('i32' in value) return joined([u32(5), i32(value.i32)]);
  if ('f32' in value) return joined([u32(6), f32(value.f32)]);
  if ('bool' in value) return joined([u32(7), Uint8Array.of(Number(value.bool))]);
  if ('text' in value) return joined([u32(8), text(value.text)]);
  if ('texts' in value) return list(8, value.texts, text);
  if ('f32s' in value) return list(6, value.f32s, f32);
  return list(5, value.i32s, i32);
}

function list<T>(type: number, items: readonly T[], write: (item: T) => Uint8Array): Uint8Array {
  return joined([u32(9), u32(type), u64(items.length), ...items.map(write)]);
}

function pad(bytes: Uint8Array, length: number): Uint8Array {
  const padded = new Uint8Array(Math.ceil(length / ALIGNMENT) * ALIGNMENT);
  padded.set(bytes);
  return padded;
}

const ascii = (value: string): Uint8Array => new TextEncoder().encode(value);

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return joined([u64(bytes.length), bytes]);
}

const number = (width: number, write: (view: DataView) => void): Uint8Array => {
  const bytes = new Uint8Array(width);
  write(new DataView(bytes.buffer));
  return bytes;
};
const u32 = (value: number): Uint8Array =>
  number(4, (view) => {
    view.setUint32(0, value, true);
  });
const i32 = (value: number): Uint8Array =>
  number(4, (view) => {
    view.setInt32(0, value, true);
  });
const f32 = (value: number): Uint8Array =>
  number(4, (view) => {
    view.setFloat32(0, value, true);
  });
const u64 = (value: number): Uint8Array =>
  number(8, (view) => {
    view.setBigUint64(0, BigInt(value), true);
  });

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
