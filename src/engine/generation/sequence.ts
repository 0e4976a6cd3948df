import { rotaryTables } from '../models/rotary-angles.ts';
import type { Network } from '../models/family.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { hookName } from '../models/hook-point.ts';
import { relativeBuckets } from '../models/relative-buckets.ts';
import type { KeyValueCache } from '../runtime/key-value-cache.ts';
import { bools, floatData, floats, ints, type Tensor } from '../runtime/tensor.ts';

/** What takes the place of the edited module's output at some positions. */
export interface Replacement {
  /** The row for an absolute position, (d_out); null where the module's own output stays. */
  rowAt(position: number): Float32Array | null;
}

/** What the lower part found for some new positions; the upper part goes on from it. */
export interface LowerPass {
  readonly start: number;
  readonly count: number;
  readonly handedUp: Readonly<Record<string, Tensor>>;
  /** By hook name: what a key is read from, (count, d_in). */
  readonly queries: ReadonlyMap<string, Float32Array>;
}

/**
 * One sequence on its way through a model. Both parts share one key-value cache, and each has come as far in it as its own
 * length: the lower part runs ahead of the upper one while a prompt is read.
 */
export class Sequence {
  readonly #model: HookedModel;
  readonly #cache: KeyValueCache;
  readonly #given: Readonly<Record<string, Tensor>>;
  #lowerLength = 0;
  #upperLength = 0;

  /** @param given what both parts take beside tokens: what a decoder looks up in its encoder's output */
  constructor(model: HookedModel, given: Readonly<Record<string, Tensor>> = {}) {
    this.#model = model;
    this.#given = given;
    this.#cache = model.newCache();
  }

  /**
   * Makes room for `length` positions. What the lower part hands up may have the cache's capacity as a dimension, so it must not
   * grow between the two parts of a pass: room for all passes of a prompt is made before the first.
   */
  async reserve(length: number): Promise<void> {
    await this.#cache.reserve(length);
  }

  /** Frees what it holds on the device; it cannot go on. */
  dispose(): void {
    this.#cache.dispose();
  }

  /** Runs the part below the edited module on tokens that follow those it has seen. */
  async below(ids: readonly number[]): Promise<LowerPass> {
    const { part, session } = this.#model.lower;
    const start = this.#lowerLength;
    await this.reserve(start + ids.length);
    const results = await session.run({ ids: ints(ids), ...this.#feeds(start, ids.length) });
    await this.#cache.write(rowsOf(part.cache, results), start, ids.length);
    this.#lowerLength += ids.length;
    return {
      start,
      count: ids.length,
      handedUp: Object.fromEntries(this.#model.handedUpInputs.map((name, at) => [name, results[part.handedUp[at]!]!])),
      queries: new Map(
        this.#model.keys.map((key) => [hookName(key), floatData(results[part.keys.get(hookName(key))!])]),
      ),
    };
  }

  /** Runs the part above on a lower pass, which must follow the positions it has seen. Logits of `rows`, (R, vocabulary). */
  async above(pass: LowerPass, rows: readonly number[], replacement: Replacement | null): Promise<Float32Array> {
    const { part, session } = this.#model.upper;
    const results = await session.run(this.aboveFeeds(pass, rows, replacement));
    await this.#cache.write(rowsOf(part.cache, results), pass.start, pass.count);
    this.#upperLength += pass.count;
    return floatData(results[part.logits]);
  }

  /** Runs tokens that follow through a decoder whose encoder is cut, which is all in the upper part. Logits of `rows`, (R, vocabulary). */
  async whole(ids: readonly number[], rows: readonly number[]): Promise<Float32Array> {
    const { part, session } = this.#model.upper;
    const start = this.#upperLength;
    await this.reserve(start + ids.length);
    const results = await session.run(this.wholeFeeds(ids, rows));
    await this.#cache.write(rowsOf(part.cache, results), start, ids.length);
    this.#upperLength += ids.length;
    return floatData(results[part.logits]);
  }

  /** Feeds of such a decoder for tokens that follow those it has seen, which stay as they are. */
  wholeFeeds(ids: readonly number[], rows: readonly number[]): Record<string, Tensor> {
    return { ids: ints(ids), rows: ints(rows), ...this.#feeds(this.#upperLength, ids.length) };
  }

  /** Feeds of the upper part for a pass that follows the positions it has seen, which stay as they are. */
  aboveFeeds(pass: LowerPass, rows: readonly number[], replacement: Replacement | null): Record<string, Tensor> {
    if (pass.start !== this.#upperLength) {
      throw new Error('The upper part has to follow the lower part position by position.');
    }
    return {
      ...pass.handedUp,
      ...this.#feeds(pass.start, pass.count),
      rows: ints(rows),
      ...replacementFeedsOf(pass, replacement, this.#model.replace.size),
    };
  }

  /** The cache, and what depends on positions alone. */
  #feeds(start: number, count: number): Record<string, Tensor> {
    const positions = positionFeeds(this.#model.model.network, start, this.#cache.capacity, count);
    return { ...this.#given, ...this.#cache.feeds(), ...positions };
  }
}

/** What is put into a pass. */
export function replacementFeedsOf(
  { start, count }: LowerPass,
  replacement: Replacement | null,
  size: number,
): Record<string, Tensor> {
  const rows = Array.from({ length: count }, (_, row) => replacement?.rowAt(start + row) ?? null);
  return replacementFeeds(rows, size);
}

/** Which rows of a pass are replaced, (T, 1), and by what, (T, d_out); rows that stay are zeros that nobody reads. */
export function replacementFeeds(rows: readonly (Float32Array | null)[], size: number): Record<string, Tensor> {
  const value = new Float32Array(rows.length * size);
  rows.forEach((row, at) => {
    if (row) value.set(row, at * size);
  });
  return {
    replaced: bools(
      rows.map((row) => row !== null),
      [rows.length, 1],
    ),
    value: floats(value, [rows.length, size]),
  };
}

export function rowsOf(
  cache: readonly { readonly name: string; readonly output: string }[],
  results: Readonly<Record<string, Tensor>>,
): ReadonlyMap<string, Tensor> {
  return new Map(cache.map(({ name, output }) => [name, results[output]!]));
}

/** Numbers of the new positions, how they see others, and who may attend to whom, behind `start` positions. */
export function positionFeeds(
  network: Network,
  start: number,
  capacity: number,
  count: number,
): Record<string, Tensor> {
  const places = Array.from({ length: count }, (_, row) => start + row);
  const feeds: Record<string, Tensor> = {
    positions: ints(places),
    mask: floats(causalMask(start, capacity, count), [count, capacity + count]),
    sizes: ints([capacity, count]),
  };
  if (network.kind === 'encoder-decoder') {
    const keys = [...Array(capacity).keys(), ...places];
    const buckets = relativeBuckets(network.buckets.decoder, places, keys);
    feeds['decoder.buckets'] = ints(buckets, [1, count, capacity + count]);
  }
  if (network.kind !== 'causal') return feeds;
  for (const [table, frequencies] of network.rotary) {
    const { cos, sin } = rotaryTables(frequencies, start, count);
    feeds[`cos${table}`] = floats(cos, [1, count, frequencies.length]);
    feeds[`sin${table}`] = floats(sin, [1, count, frequencies.length]);
  }
  return feeds;
}

/** 0 where a new position may attend, minus infinity elsewhere: unused capacity, and later positions. (count, capacity + count) */
function causalMask(length: number, capacity: number, count: number): Float32Array {
  const width = capacity + count;
  const mask = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    mask.fill(-Infinity, row * width + length, row * width + capacity);
    mask.fill(-Infinity, row * width + capacity + row + 1, (row + 1) * width);
  }
  return mask;
}
