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
 * Keys and values of a sequence, in buffers of a fixed capacity that graphs read in place: a run returns only the rows of its new
 * positions, and they are written behind the old ones. All buffers have the same capacity; which positions are valid is what the
 * user's masks say.
 */
export class KeyValueCache {
  readonly #slots: readonly CacheSlot[];
  readonly #buffers = new Map<string, Float32Array>(); // (heads, capacity, headDim) each
  #capacity = 0;

  constructor(slots: readonly CacheSlot[]) {
    this.#slots = slots;
    for (const { name } of slots) this.#buffers.set(name, new Float32Array(0));
  }

  /** Positions that the graph is given. */
  get capacity(): number {
    return this.#capacity;
  }

  feeds(): Record<string, Tensor> {
    const tensors = this.#slots.map(({ name, heads, headDim }) => {
      return [name, floats(this.#buffers.get(name)!, [heads, this.#capacity, headDim])] as const;
    });
    return Object.fromEntries(tensors);
  }

  /** Writes a run's new rows, (1, heads, count, headDim) by slot name, at positions start ... start + count - 1. */
  write(rows: ReadonlyMap<string, Tensor>, start: number, count: number): void {
    this.reserve(start + count);
    for (const { name, heads, headDim } of this.#slots) {
      const tensor = rows.get(name);
      if (!tensor) continue; // this run made rows for other slots
      const source = floatData(tensor);
      const buffer = this.#buffers.get(name)!;
      for (let head = 0; head < heads; head++) {
        const from = source.subarray(head * count * headDim, (head + 1) * count * headDim);
        buffer.set(from, (head * this.#capacity + start) * headDim);
      }
    }
  }

  /** Makes room for `length` positions. */
  reserve(length: number): void {
    if (length <= this.#capacity) return;
    const capacity = Math.ceil(length / STEP) * STEP;
    for (const { name, heads, headDim } of this.#slots) {
      const old = this.#buffers.get(name)!;
      const grown = new Float32Array(heads * capacity * headDim);
      const width = this.#capacity * headDim;
      for (let head = 0; head < heads; head++) {
        grown.set(old.subarray(head * width, (head + 1) * width), head * capacity * headDim);
      }
      this.#buffers.set(name, grown);
    }
    this.#capacity = capacity;
  }
}
