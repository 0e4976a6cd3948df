const NORMAL = 1;
// Published vocabularies have some two million characters.
const MAX_CHARACTERS = 2 ** 25;
// Two halves of a token are looked up for each place to cut it; published tokens have up to some hundred characters.
const MAX_LENGTH = 512;

/**
 * The merges of a BPE whose tokens have scores instead: every way to put a token together of two others, the best scores first,
 * and for one token in the order of its halves' ids (as SentencePieceExtractor of transformers does it).
 */
export function scoredMerges(
  tokens: readonly string[],
  scores: readonly number[],
  types: readonly number[] | undefined,
): readonly (readonly [string, string])[] {
  if (tokens.reduce((sum, token) => sum + token.length, 0) > MAX_CHARACTERS) throw new Error('its tokens are too long');
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const merges: { readonly left: number; readonly right: number; readonly score: number }[] = [];
  tokens.forEach((token, id) => {
    if ((types?.[id] ?? NORMAL) !== NORMAL || token.length > MAX_LENGTH) return;
    for (let at = 1; at < token.length; at++) {
      const [left, right] = [ids.get(token.slice(0, at)), ids.get(token.slice(at))];
      if (left !== undefined && right !== undefined) merges.push({ left, right, score: scores[id]! });
    }
  });
  merges.sort((a, b) => b.score - a.score || a.left - b.left || a.right - b.right);
  return merges.map(({ left, right }) => [tokens[left]!, tokens[right]!]);
}
