import type { Rate } from '../../protocol/generality.ts';

/** Two-sided 95 % of the normal distribution. */
const Z = 1.959964;

/** A share with its 95 % interval (Wilson 1927), which holds near 0 and 1 as well. */
export function rate(hits: number, of: number): Rate {
  if (of === 0) return { hits, of, share: 0, low: 0, high: 1 };
  const share = hits / of;
  const scale = 1 + Z ** 2 / of;
  const middle = (share + Z ** 2 / (2 * of)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2));
  return { hits, of, share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
