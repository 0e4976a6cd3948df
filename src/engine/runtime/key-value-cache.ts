import { floatData, floats, type Tensor } from './tensor.ts';

/** Capacity grows by this many positions, so that a run wastes at most that many masked ones. */
const STEP = 128;

/** One buffer of the cache: the keys or the values of a layer. */
export interface CacheSlot {
  /** Name of the graph input that takes it. */
  readonly name: string;
  readonly heads: number;
  readonly headDim: number;
}

/**
 * Keys and values of the positions seen so far, in buffers of a fixed capacity that graphs read in place: a run returns only the
 * rows of its new positions, and they are written behind the old ones.
 */
export class KeyValueCache {
  readonly #slots: readonly CacheSlot[];
  readonly #buffers = new Map<string, Float32Array>(); // (heads, capacity, headDim) each
  #capacity = 0;
  #length = 0;

  constructor(slots: readonly CacheSlot[]) {
    this.#slots = slots;
    for (const { name } of slots) this.#buffers.set(name, new Float32Array(0));
  }

  /** Positions held. */
  get length(): number {
    return this.#length;
  }

  /** Positions that the graph is given; those from `length` on are to be masked. */
  get capacity(): number {
    return this.#capacity;
  }

  feeds(): Record<string, Tensor> {
    const tensors = this.#slots.map(({ name, heads, headDim }) => {
      return [name, floats(this.#buffers.get(name)!, [heads, this.#capacity, headDim])] as const;
    });
    return Object.fromEntries(tensors);
  }

  /** Appends a run's new rows, (1, heads, T, headDim) by slot name. */
  append(rows: Readonly<Record<string, Tensor>>, count: number): void {
    this.#reserve(this.#length + count);
    for (const { name, heads, headDim } of this.#slots) {
      const source = floatData(rows[name]);
      const buffer = this.#buffers.get(name)!;
      for (let head = 0; head < heads; head++) {
        const from = source.subarray(head * count * headDim, (head + 1) * count * headDim);
        buffer.set(from, (head * this.#capacity + this.#length) * headDim);
      }
    }
    this.#length += count;
  }

  /** Forgets every position from `length` on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  #reserve(length: number): void {
    if (length <= this.#capacity) return;
    const capacity = Math.ceil(length / STEP) * STEP;
    for (const { name, heads, headDim } of this.#slots) {
      const old = this.#buffers.get(name)!;
      const grown = new Float32Array(heads * capacity * headDim);
      for (let head = 0; head < heads; head++) {
        const start = head * this.#capacity * headDim;
        grown.set(old.subarray(start, start + this.#length * headDim), head * capacity * headDim);
      }
      this.#buffers.set(name, grown);
    }
    this.#capacity = capacity;
  }
}
