import type { OpenFile } from './file-bytes.ts';

const FIRST_READ = 2 ** 20;

/** Why a file is not what its header says; the reader of the header makes an error of it that names the file. */
export class GgufFault extends Error {}

/**
 * Reads a file from its beginning, as far as it is asked for. Holds at most twice the bytes that were read, and never more than
 * `limit`; numbers are little-endian.
 */
export class GgufCursor {
  readonly #file: OpenFile;
  readonly #limit: number;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  constructor(file: OpenFile, limit: number) {
    this.#file = file;
    this.#limit = limit;
  }

  /** Bytes from the start of the file. */
  get position(): number {
    return this.#at;
  }

  /** Bytes of the file that were not read yet. */
  get left(): number {
    return this.#file.size - this.#at;
  }

  /** Everything that was loaded so far. */
  get loaded(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  u32(): number {
    const at = this.#need(4);
    return this.#view.getUint32(at, true);
  }

  u64(what: string): number {
    const at = this.#need(8);
    const value = Number(this.#view.getBigUint64(at, true));
    if (Number.isSafeInteger(value)) return value;
    throw new GgufFault(`${what} is larger than any file`);
  }

  /** Steps over `length` bytes and says where they start. */
  skip(length: number): number {
    return this.#need(length);
  }

  text(what: string, longest: number): string {
    const length = this.u64(`the length of ${what}`);
    if (length > longest) throw new GgufFault(`${what} has ${length} bytes, more than the ${longest} it may have`);
    const at = this.#need(length);
    return decodeText(this.#bytes.subarray(at, at + length), what);
  }

  #need(length: number): number {
    const end = this.#at + length;
    if (length > this.left) throw new GgufFault(`it ends at byte ${this.#file.size}, within its header`);
    if (end > this.#limit) throw new GgufFault(`its header is longer than ${this.#limit} bytes`);
    if (end > this.#bytes.length) this.#load(end);
    const at = this.#at;
    this.#at = end;
    return at;
  }

  #load(end: number): void {
    const size = Math.min(this.#file.size, Math.max(end, 2 * this.#bytes.length, FIRST_READ));
    const grown = new Uint8Array(size);
    grown.set(this.#bytes);
    grown.set(this.#file.read(this.#bytes.length, size - this.#bytes.length), this.#bytes.length);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws GgufFault when the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new GgufFault(`${what} is not text in UTF-8`);
  }
}
