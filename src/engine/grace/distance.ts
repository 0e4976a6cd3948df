import { CodedError } from '../../protocol/coded-error.ts';
import {
  distanceKernel,
  kernelMemory,
  PAGE_BYTES,
  PANEL,
  type DistanceKernel,
  type KernelMemory,
} from './distance-kernel.ts';

/** A row of a {@link KeyMatrix} and its distance from a query. */
export interface Neighbour {
  readonly row: number;
  readonly distance: number;
}

/**
 * The Euclidean distance of two vectors (d,): differences, squares and their sum in float64, in index order, each operation
 * rounded by itself; then the square root. Everything here keeps to this order, so that comparisons of distances are exact.
 */
export function distance(query: Float32Array, key: Float32Array): number {
  let sum = 0;
  for (let j = 0; j < query.length; j++) {
    const difference = query[j]! - key[j]!;
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

/**
 * Keys of equal length, and the search among them; distances are those of {@link distance}, bit for bit. Keys and queries must
 * have passed {@link checkVector}.
 */
export class KeyMatrix {
  /** Length of a key, d. */
  readonly dim: number;
  #count = 0;
  readonly #memory: KernelMemory;
  readonly #scan: DistanceKernel;
  readonly #queryBytes: number;
  readonly #firstPanel: number;
  readonly #panelBytes: number;

  constructor(dim: number) {
    this.dim = dim;
    this.#queryBytes = dim * Float64Array.BYTES_PER_ELEMENT;
    this.#firstPanel = this.#queryBytes + PANEL * Float64Array.BYTES_PER_ELEMENT;
    this.#panelBytes = dim * PANEL * Float32Array.BYTES_PER_ELEMENT;
    this.#memory = kernelMemory(this.#firstPanel);
    this.#scan = distanceKernel(this.#memory);
  }

  get count(): number {
    return this.#count;
  }

  /** Adds a key (d,) as the last row. */
  append(key: Float32Array): void {
    const panel = Math.floor(this.#count / PANEL);
    this.#reserve(this.#firstPanel + (panel + 1) * this.#panelBytes);
    const columns = new Float32Array(
      this.#memory.buffer,
      this.#firstPanel + panel * this.#panelBytes,
      this.dim * PANEL,
    );
    const lane = this.#count % PANEL;
    for (let j = 0; j < this.dim; j++) columns[j * PANEL + lane] = key[j]!;
    this.#count++;
  }

  /** Drops the rows from this one on. */
  truncate(count: number): void {
    this.#count = Math.min(this.#count, count);
  }

  copy(): KeyMatrix {
    const copy = new KeyMatrix(this.dim);
    copy.#reserve(this.#memory.buffer.byteLength);
    new Uint8Array(copy.#memory.buffer).set(new Uint8Array(this.#memory.buffer));
    copy.#count = this.#count;
    return copy;
  }

  /** The row at the smallest distance, the first of equals; null when there is none within `limit`. */
  nearest(query: Float32Array, limit = Infinity): Neighbour | null {
    let best: Neighbour | null = null;
    this.scan(query, limit, (row, distance) => {
      if (best === null || distance < best.distance) best = { row, distance };
      return best.distance;
    });
    return best;
  }

  /** The two nearest rows in order of distance, then of index; fewer when there are fewer. */
  nearestTwo(query: Float32Array): readonly Neighbour[] {
    let found: readonly Neighbour[] = [];
    this.scan(query, Infinity, (row, distance) => {
      const before = found.filter((other) => other.distance <= distance);
      if (before.length < 2) found = [...before, { row, distance }, ...found.slice(before.length)].slice(0, 2);
      return found[1]?.distance ?? Infinity;
    });
    return found;
  }

  /**
   * Calls `visit` for every row within `limit` of `query`, in order; what it returns is the limit from there on.
   *
   * Rows that are beyond it are given up as soon as the sum of the first squares shows it.
   */
  scan(query: Float32Array, limit: number, visit: (row: number, distance: number) => number): void {
    new Float64Array(this.#memory.buffer, 0, this.dim).set(query);
    const sums = new Float64Array(this.#memory.buffer, this.#queryBytes, PANEL);
    const end = this.#firstPanel + Math.ceil(this.#count / PANEL) * this.#panelBytes;
    for (let panel = this.#firstPanel; panel < end; panel += this.#panelBytes) {
      // WebAssembly answers a signed number, and addresses go up to 4 GiB.
      panel = this.#scan(panel, end, this.#queryBytes, squareAtLeast(limit)) >>> 0;
      if (panel === end) return;
      const first = ((panel - this.#firstPanel) / this.#panelBytes) * PANEL;
      const lanes = Math.min(PANEL, this.#count - first);
      for (let lane = 0; lane < lanes; lane++) {
        const distance = Math.sqrt(sums[lane]!);
        if (distance <= limit) limit = visit(first + lane, distance);
      }
    }
  }

  #reserve(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength;
    // Growing detaches every view, and costs the more the more often: a quarter in advance.
    if (missing > 0) this.#memory.grow(Math.ceil((missing + bytes / 4) / PAGE_BYTES));
  }
}

/** @throws CodedError `bad-argument` unless `vector` has `dim` components, all of them finite. */
export function checkVector(vector: Float32Array, dim: number, what: string): void {
  if (vector.length !== dim) {
    throw new CodedError(
      'bad-argument',
      `The ${what} has ${vector.length} components, and this codebook works with ${dim}.`,
      'Use the model and the hook point that the codebook was made for.',
      { length: vector.length, expected: dim },
    );
  }
  const at = findNotFinite(vector);
  if (at >= 0) {
    throw new CodedError(
      'bad-argument',
      `The ${what} is not finite: component ${at} is ${vector[at]!}.`,
      'The model computes infinities or NaN on this text; try another device or data type.',
      { component: at },
    );
  }
}

/** The first component that is infinite or NaN; -1 if there is none. `findIndex` takes longer than a search for the nearest key. */
export function findNotFinite(vector: Float32Array): number {
  for (let at = 0; at < vector.length; at++) if (!Number.isFinite(vector[at])) return at;
  return -1;
}

// The square may be rounded down, and a sum may exceed it while its root is rounded to the limit itself.
function squareAtLeast(limit: number): number {
  return limit * limit * (1 + 8 * Number.EPSILON);
}
