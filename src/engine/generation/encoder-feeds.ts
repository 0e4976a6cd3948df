import type { Network } from '../models/family.ts';
import { hookName } from '../models/hook-point.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { KeyPosition } from '../models/key-position.ts';
import { relativeBuckets } from '../models/relative-buckets.ts';
import { floatData, floats, ints, type Tensor } from '../runtime/tensor.ts';
import type { Tokens } from './tokens.ts';
import type { LowerPass } from './sequence.ts';

/** What an encoder takes of a text: its tokens, where they stand, which of two texts they are of, and which are padding. */
export function encoderFeeds(network: Network, { ids, typeIds, attended }: Tokens): Record<string, Tensor> {
  const places = [...ids.keys()];
  const feeds: Record<string, Tensor> = {
    'source.ids': ints(ids),
    'source.types': ints(typeIds ?? ids.map(() => 0)),
    'source.mask': floats(
      Float32Array.from(ids, (_, at) => (attended?.[at] === false ? -Infinity : 0)),
      [1, ids.length],
    ),
  };
  if (network.kind === 'encoder-decoder') {
    const buckets = relativeBuckets(network.buckets.encoder, places, places);
    return { ...feeds, 'encoder.buckets': ints(buckets, [1, ids.length, ids.length]) };
  }
  if (network.kind === 'causal') return feeds;
  return { ...feeds, 'source.positions': ints(network.positionsOf(ids)) };
}

/** Runs an encoder on a text as far as the edited module. */
export async function encodeBelow(
  model: HookedModel,
  tokens: Tokens,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<LowerPass> {
  const { part, session } = model.lower;
  const results = await session.run(feeds);
  return {
    start: 0,
    count: tokens.ids.length,
    handedUp: Object.fromEntries(model.handedUpInputs.map((name, at) => [name, results[part.handedUp[at]!]!])),
    queries: new Map(model.keys.map((key) => [hookName(key), floatData(results[part.keys.get(hookName(key))!])])),
  };
}

/** t* of a text that is read whole; never a padding. */
export function positionIn({ ids, attended, masks }: Tokens, position: KeyPosition): number {
  switch (position) {
    case 'first':
      return 0;
    case 'last':
      return ids.findLastIndex((_, at) => attended?.[at] !== false);
    case 'mask':
      return masks![0]!;
  }
}
