import type { Share, TuningCell } from '../protocol/tuning.ts';

/** Share of unrelated prompts that a proposed setting has to leave alone. */
export const LEAST_LOCALITY = 0.98;

export const ratio = ({ held, of }: Share): number => (of === 0 ? 1 : held / of);

/**
 * The setting to propose. Of those that leave 98 % of the unrelated prompts alone (or as many as any does), and reach as many
 * targets as the best of them, the one that carries to most rewordings; of equals the one with the smallest multiple of the
 * measured radius, at the usual hook point if it is among them.
 */
export function propose(cells: readonly TuningCell[], usualHook: string): TuningCell {
  const least = Math.min(LEAST_LOCALITY, best(cells, 'locality'));
  const quiet = cells.filter(({ locality }) => ratio(locality) >= least);
  const mostReached = best(quiet, 'success');
  const reaching = quiet.filter(({ success }) => ratio(success) === mostReached);
  const widest = best(reaching, 'generality');
  const equals = reaching.filter(({ generality }) => ratio(generality) === widest);
  const smallest = Math.min(...equals.map(({ multiple }) => multiple));
  const last = equals.filter(({ multiple }) => multiple === smallest);
  return last.find(({ hook }) => hook === usualHook) ?? last[0]!;
}

const best = (cells: readonly TuningCell[], measure: 'success' | 'generality' | 'locality'): number =>
  Math.max(...cells.map((cell) => ratio(cell[measure])));
