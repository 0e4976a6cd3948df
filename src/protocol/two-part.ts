import type { Strictness } from './calibration.ts';

/** Shares of information that must agree before a relation is looked at: see KeyMatch. */
export const COVERAGE_NEEDED = 0.7;
export const RUN_NEEDED = 0.5;

/** The largest relation score there is. */
export const HIGHEST_SCORE = 1.2;

/** How strictly a codebook fires, by the relation score from which it does where the codebook's size does not ask for more. */
export const STRICTNESS = { strict: 0.48, balanced: 0.4, loose: 0.29 } as const satisfies Record<Strictness, number>;

export const STRICTNESSES = ['strict', 'balanced', 'loose'] as const satisfies readonly Strictness[];

/** Score and threshold as the distance and radius that edits are recorded with. */
export const radiusOf = (threshold: number): number => HIGHEST_SCORE - threshold;
export const thresholdOf = (radius: number): number => HIGHEST_SCORE - radius;

/** What a radius is called; null where it is none of the named ones. */
export function strictnessOf(radius: number): Strictness | null {
  return STRICTNESSES.find((name) => Math.abs(thresholdOf(radius) - STRICTNESS[name]) < 1e-9) ?? null;
}
