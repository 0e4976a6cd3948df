import type { HookedModel } from '../models/hooked-model.ts';
import { hookName } from '../models/hook-point.ts';
import { rotaryTables } from '../models/rotary-angles.ts';
import { KeyValueCache } from '../runtime/key-value-cache.ts';
import { floatData, floats, ints, type Tensor } from '../runtime/tensor.ts';
import { checkContext, checkTokens, runBelow } from './prefill.ts';
import type { Prefill } from './steering.ts';

/** Positions that one run holds: as many short prompts as fit stand side by side in it. */
const PACKED = 256;

/**
 * The lower part alone for many short prompts, several in one run: each attends to itself only, at positions of its own. What the
 * hooks show is what they show for each prompt by itself, up to the rounding of larger products. Errors as {@link runBelow}.
 */
export async function* runBelowPacked(
  model: HookedModel,
  prompts: readonly (readonly number[])[],
): AsyncGenerator<Prefill, void> {
  for (let at = 0; at < prompts.length;) {
    if (prompts[at]!.length > PACKED || prompts[at]!.length === 0) {
      yield (await runBelow(model, { ids: prompts[at++]! })).prefill;
      continue;
    }
    const group: (readonly number[])[] = [];
    for (let length = 0; at < prompts.length; at++) {
      length += prompts[at]!.length;
      if (length > PACKED || prompts[at]!.length === 0) break;
      group.push(prompts[at]!);
    }
    yield* await runGroup(model, group);
  }
}

async function runGroup(model: HookedModel, group: readonly (readonly number[])[]): Promise<readonly Prefill[]> {
  for (const ids of group) {
    checkContext(model, ids.length);
    checkTokens(model, ids);
  }
  const { part, session } = model.lower;
  const lengths = group.map(({ length }) => length);
  const starts = lengths.map((_, at) => lengths.slice(0, at).reduce((sum, length) => sum + length, 0));
  const count = starts.at(-1)! + lengths.at(-1)!;
  const results = await session.run({
    ids: ints(group.flat()),
    ...new KeyValueCache(part.cache).feeds(),
    positions: ints(lengths.flatMap((length) => Array.from({ length }, (_, row) => row))),
    mask: floats(ownMask(starts, lengths, count), [count, count]),
    sizes: ints([0, count]),
    ...rotaryFeeds(model, lengths, count),
  });
  const shown = new Map(
    model.keys.map((key) => [hookName(key), floatData(results[part.keys.get(hookName(key))!])] as const),
  );
  return group.map((ids, at) => ({
    ids,
    keyPosition: ids.length - 1,
    query(hook, position) {
      const rows = shown.get(hook);
      if (!rows || position < 0 || position >= ids.length)
        throw new Error(`There is no query of ${hook} at position ${position}.`);
      const width = rows.length / count;
      const row = starts[at]! + position;
      return rows.slice(row * width, (row + 1) * width);
    },
  }));
}

/** 0 where a position may attend: to those before it in its own prompt, and itself. (T, T) */
function ownMask(starts: readonly number[], lengths: readonly number[], count: number): Float32Array {
  const mask = new Float32Array(count * count).fill(-Infinity);
  starts.forEach((start, at) => {
    for (let row = start; row < start + lengths[at]!; row++) mask.fill(0, row * count + start, row * count + row + 1);
  });
  return mask;
}

function rotaryFeeds({ model }: HookedModel, lengths: readonly number[], count: number): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const [name, frequencies] of model.decoder.rotary) {
    const tables = rotaryTables(frequencies, 0, Math.max(...lengths));
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
