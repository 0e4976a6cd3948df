import type { Tensor } from './tensor.ts';

/** Capacity grows by this many positions, so that a run wastes at most that many masked ones. */
const STEP = 128;

export const capacityFor = (length: number): number => Math.ceil(length / STEP) * STEP;

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
export interface KeyValueCache {
  /** Positions that the graph is given. */
  readonly capacity: number;
  feeds(): Record<string, Tensor>;
  /** Writes a run's new rows, (1, heads, count, headDim) by slot name, at positions start ... start + count - 1. */
  write(rows: ReadonlyMap<string, Tensor>, start: number, count: number): Promise<void>;
  /** Makes room for `length` positions. */
  reserve(length: number): Promise<void>;
  dispose(): void;
}

/** Makes the caches of a model's sequences where its graphs run. */
export interface CacheFactory {
  create(): KeyValueCache;
  dispose(): Promise<void>;
}
