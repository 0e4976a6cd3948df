import { capacityFor, type CacheSlot, type KeyValueCache } from './key-value-cache.ts';
import { floatData, floats, type Tensor } from './tensor.ts';

/** A cache in this process's own memory. */
export class HostCache implements KeyValueCache {
  readonly #slots: readonly CacheSlot[];
  readonly #buffers = new Map<string, Float32Array>(); // (heads, capacity, headDim) each
  #capacity = 0;

  constructor(slots: readonly CacheSlot[]) {
    this.#slots = slots;
    for (const { name } of slots) this.#buffers.set(name, new Float32Array(0));
  }

  get capacity(): number {
    return this.#capacity;
  }

  feeds(): Record<string, Tensor> {
    const tensors = this.#slots.map(({ name, heads, headDim }) => {
      return [name, floats(this.#buffers.get(name)!, [heads, this.#capacity, headDim])] as const;
    });
    return Object.fromEntries(tensors);
  }

  async write(rows: ReadonlyMap<string, Tensor>, start: number, count: number): Promise<void> {
    await this.reserve(start + count);
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

  reserve(length: number): Promise<void> {
    if (length <= this.#capacity) return Promise.resolve();
    const capacity = capacityFor(length);
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
    return Promise.resolve();
  }

  dispose(): void {
    this.#buffers.clear();
  }
}
