import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { CodedError, type ErrorCode } from '../../../src/protocol/coded-error.ts';

/** A tensor to be written; `bytes` must have the length that `dtype` and `shape` ask for. */
export interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export function float32(shape: readonly number[], values: readonly number[]): Tensor {
  return { dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

/** A safetensors file with any header at all before `data`. */
export function withHeader(header: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** A sound safetensors file. */
export function safetensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  const entries = Object.entries(tensors);
  let at = 0;
  const header = entries.map(([name, { dtype, shape, bytes }]) => {
    const entry = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
    return [name, entry] as const;
  });
  const data = Buffer.concat(entries.map(([, tensor]) => tensor.bytes));
  return withHeader(JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(header) }), data);
}

/** A folder that goes away with the test file; `write` returns the path written. */
export function temporaryFolder(): {
  readonly root: string;
  write(name: string, content: string | Uint8Array): string;
} {
  const root = mkdtempSync(path.join(tmpdir(), 'grace-weights-'));
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });
  return {
    root,
    write: (name, content) => {
      const file = path.join(root, name);
      writeFileSync(file, content);
      return file;
    },
  };
}

/** The CodedError that `call` throws; any other outcome fails the test. */
export function errorOf(call: () => unknown): CodedError {
  try {
    call();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('No error was thrown.');
}

export function codeOf(call: () => unknown): ErrorCode {
  return errorOf(call).code;
}
