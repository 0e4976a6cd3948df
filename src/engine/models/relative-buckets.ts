/** How the relative position bias of T5 sorts distances (Raffel et al. 2020, section 2.1). */
export interface RelativeBuckets {
  readonly count: number;
  /** Distances from here on are all in one bucket. */
  readonly maxDistance: number;
  /** Whether a key before the query and one behind it have buckets of their own (the encoder's have). */
  readonly bidirectional: boolean;
}

/**
 * The bucket of `relative`, the key's position minus the query's: small distances have one each, larger ones share one by their
 * logarithm, which is taken in float32 as PyTorch does.
 */
export function relativeBucket({ count, maxDistance, bidirectional }: RelativeBuckets, relative: number): number {
  const buckets = bidirectional ? Math.trunc(count / 2) : count;
  const first = bidirectional && relative > 0 ? buckets : 0;
  const distance = bidirectional ? Math.abs(relative) : Math.max(0, -relative);
  const exact = Math.trunc(buckets / 2);
  if (distance < exact) return first + distance;
  const share = Math.fround(
    Math.fround(Math.log(Math.fround(distance / exact))) / Math.fround(Math.log(maxDistance / exact)),
  );
  return first + Math.min(buckets - 1, exact + Math.trunc(Math.fround(share * (buckets - exact))));
}

/** Buckets of all pairs of a query and a key position. (1, queries, keys) */
export function relativeBuckets(
  buckets: RelativeBuckets,
  queries: readonly number[],
  keys: readonly number[],
): readonly number[] {
  const known = new Map<number, number>();
  const bucketOf = (relative: number): number => {
    const bucket = known.get(relative) ?? relativeBucket(buckets, relative);
    known.set(relative, bucket);
    return bucket;
  };
  return queries.flatMap((query) => keys.map((key) => bucketOf(key - query)));
}
