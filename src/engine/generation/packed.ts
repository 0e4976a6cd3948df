import type { HookedModel } from '../models/hooked-model.ts';
import { hookName } from '../models/hook-point.ts';
import { rotaryTables } from '../models/rotary-angles.ts';
import type { KeyValueCache } from '../runtime/key-value-cache.ts';
import { floatData, floats, free, ints, type Tensor } from '../runtime/tensor.ts';
import { checkContext, checkTokens, readPrompt } from './prefill.ts';
import { rowsOf } from './sequence.ts';
import type { Prefill } from './steering.ts';

/** Positions that one run holds: as many short prompts as fit stand side by side in it. */
const PACKED = 256;
/** A beginning that all prompts share is run once if it has at least this many tokens: that of a chat template. */
const SHORTEST_PREFIX = 8;

type Ids = readonly number[];

/**
 * The lower part alone for many short prompts, several in one run: each attends to itself only, at positions of its own. What the
 * hooks show is what they show for each prompt by itself, up to the rounding of larger products. Errors as {@link readPrompt}.
 */
export async function* runBelowPacked(model: HookedModel, prompts: readonly Ids[]): AsyncGenerator<Prefill, void> {
  const prefix = await Prefix.run(model, sharedBeginning(prompts));
  try {
    yield* runBehind(model, prefix, prompts);
  } finally {
    prefix.cache.dispose();
  }
}

async function* runBehind(model: HookedModel, prefix: Prefix, prompts: readonly Ids[]): AsyncGenerator<Prefill, void> {
  const room = PACKED - prefix.length;
  for (let at = 0; at < prompts.length;) {
    const length = prompts[at]!.length - prefix.length;
    if (length > room || length <= 0) {
      yield await readPrompt(model, { ids: prompts[at++]! });
      continue;
    }
    const group: Ids[] = [];
    for (let total = 0; at < prompts.length; at++) {
      total += prompts[at]!.length - prefix.length;
      if (total > room || prompts[at]!.length <= prefix.length) break;
      group.push(prompts[at]!);
    }
    yield* await runGroup(model, prefix, group);
  }
}

function sharedBeginning(prompts: readonly Ids[]): Ids {
  const [first = []] = prompts;
  let length = Math.min(...prompts.map((ids) => ids.length - 1), PACKED / 2);
  for (const ids of prompts) for (let at = 0; at < length; at++) if (ids[at] !== first[at]) length = at;
  return prompts.length > 1 && length >= SHORTEST_PREFIX ? first.slice(0, length) : [];
}

/** A beginning that has been run, and what later positions need of it. */
class Prefix {
  readonly length: number;
  readonly cache: KeyValueCache;
  readonly #shown: ReadonlyMap<string, Float32Array>;

  private constructor(length: number, cache: KeyValueCache, shown: ReadonlyMap<string, Float32Array>) {
    this.length = length;
    this.cache = cache;
    this.#shown = shown;
  }

  static async run(model: HookedModel, ids: Ids): Promise<Prefix> {
    const { part } = model.lower;
    const cache = model.newCache();
    if (ids.length === 0) return new Prefix(0, cache, new Map());
    const { results, shown } = await runRows(model, new Prefix(0, cache, new Map()), [ids]);
    await cache.write(rowsOf(part.cache, results), 0, ids.length);
    return new Prefix(ids.length, cache, shown);
  }

  query(hook: string, position: number): Float32Array {
    return rowAt(this.#shown.get(hook), position, this.length);
  }
}

async function runGroup(model: HookedModel, prefix: Prefix, group: readonly Ids[]): Promise<readonly Prefill[]> {
  for (const ids of group) {
    checkContext(model, ids.length);
    checkTokens(model, ids);
  }
  const own = group.map((ids) => ids.slice(prefix.length));
  const { results, shown, starts, count } = await runRows(model, prefix, own);
  for (const { output } of model.lower.part.cache) free(results[output]!);
  return group.map((ids, at) => ({
    ids,
    keyPosition: ids.length - 1,
    query(hook, position) {
      if (position < 0 || position >= ids.length) throw new Error(`The prompt has no position ${position}.`);
      if (position < prefix.length) return prefix.query(hook, position);
      return rowAt(shown.get(hook), starts[at]! + position - prefix.length, count);
    },
  }));
}

async function runRows(model: HookedModel, prefix: Prefix, own: readonly Ids[]) {
  const { part, session } = model.lower;
  const lengths = own.map(({ length }) => length);
  const starts = lengths.map((_, at) => lengths.slice(0, at).reduce((sum, length) => sum + length, 0));
  const count = starts.at(-1)! + lengths.at(-1)!;
  const { capacity } = prefix.cache;
  const results = await session.run({
    ids: ints(own.flat()),
    ...prefix.cache.feeds(),
    positions: ints(lengths.flatMap((length) => Array.from({ length }, (_, row) => prefix.length + row))),
    mask: floats(ownMask(prefix, starts, lengths, count), [count, capacity + count]),
    sizes: ints([capacity, count]),
    ...rotaryFeeds(model, prefix.length, lengths, count),
  });
  const shown = new Map(
    model.keys.map((key) => [hookName(key), floatData(results[part.keys.get(hookName(key))!])] as const),
  );
  return { results, shown, starts, count };
}

function rowAt(rows: Float32Array | undefined, row: number, count: number): Float32Array {
  if (!rows) throw new Error('There is no query of a hook that is no key.');
  const width = rows.length / count;
  return rows.slice(row * width, (row + 1) * width);
}

/** 0 where a position may attend: to the prefix, to those before it in its own prompt, and itself. (T, C + T) */
function ownMask(prefix: Prefix, starts: readonly number[], lengths: readonly number[], count: number): Float32Array {
  const { capacity } = prefix.cache;
  const width = capacity + count;
  const mask = new Float32Array(count * width).fill(-Infinity);
  starts.forEach((start, at) => {
    for (let row = start; row < start + lengths[at]!; row++) {
      mask.fill(0, row * width, row * width + prefix.length);
      mask.fill(0, row * width + capacity + start, row * width + capacity + row + 1);
    }
  });
  return mask;
}

function rotaryFeeds(
  { model }: HookedModel,
  start: number,
  lengths: readonly number[],
  count: number,
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const [name, frequencies] of model.decoder.rotary) {
    const tables = rotaryTables(frequencies, start, Math.max(...lengths));
    for (const kind of ['cos', 'sin'] as const) {
      const rows = new Float32Array(count * frequencies.length);
      let at = 0;
      for (const length of lengths) {
        rows.set(tables[kind].subarray(0, length * frequencies.length), at);
        at += length * frequencies.length;
      }
      feeds[`${kind}${name}`] = floats(rows, [1, count, frequencies.length]);
    }
  }
  return feeds;
}
