/**
 * Memory for large intermediate results, which is given back by {@link releaseScratch}. Collected as garbage, hundreds of megabytes
 * may stay for long, and what malloc has handed out in pieces of that size does not all go back to the system.
 */
export function scratchBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length, { maxByteLength: length }));
}

export function scratchFloats(length: number): Float32Array<ArrayBuffer> {
  return new Float32Array(scratchBytes(4 * length).buffer);
}

/** Gives scratch memory back; a view of other memory is left as it is. */
export function releaseScratch({ buffer }: { readonly buffer: ArrayBufferLike }): void {
  if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(0);
}

/** What `use` makes of scratch memory, which is given back then. */
export function released<Bytes extends Uint8Array, Result>(bytes: Bytes, use: (bytes: Bytes) => Result): Result {
  try {
    return use(bytes);
  } finally {
    releaseScratch(bytes);
  }
}
