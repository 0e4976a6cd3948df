/** What shared words add to a cosine, at most: no score is more than HIGHEST_SCORE. */
const WORDS = 0.2;

/**
 * How much a prompt asks what a key asks: the cosine of their states, and a little for words that are the same.
 *
 * @param shared share of the key's words that the prompt has
 */
export function relationScore(key: ArrayLike<number>, query: ArrayLike<number>, shared: number): number {
  return cosine(key, query) + WORDS * shared;
}

/** 0 where one of them is 0. */
function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, ofA, ofB] = [0, 0, 0];
  for (let j = 0; j < a.length; j++) {
    product += a[j]! * b[j]!;
    ofA += a[j]! * a[j]!;
    ofB += b[j]! * b[j]!;
  }
  const length = Math.sqrt(ofA * ofB);
  return length > 0 ? product / length : 0;
}
