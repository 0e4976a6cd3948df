import type { Share, TuningCell } from '../protocol/tuning.ts';

/** Share of unrelated prompts that a proposed setting has to leave alone. */
export const LEAST_LOCALITY = 0.98;

/** Null where nothing was measured. */
export const ratio = ({ held, of }: Share): number | null => (of === 0 ? null : held / of);

/**
 * The setting to propose. Of those that leave 98 % of the unrelated prompts alone (or as many as any does), and reach as many
 * targets as the best of them, the one that carries to most rewordings; of equals the one with the smallest multiple of the
 * measured radius, at the usual hook point if it is among them.
 *
 * Where no rewordings were measured, the one that leaves most unrelated prompts alone, and of equals the one with the largest
 * multiple: a radius is there to carry, and what it must not touch is all that is known of how far it may.
 */
export function propose(cells: readonly TuningCell[], usualHook: string): TuningCell {
  const least = Math.min(LEAST_LOCALITY, Math.max(...cells.map(localityOf)));
  const quiet = cells.filter((cell) => localityOf(cell) >= least);
  const reaching = most(quiet, ({ success }) => ratio(success) ?? 0);
  const isCarryingMeasured = reaching.some(({ generality }) => ratio(generality) !== null);
  const last = isCarryingMeasured
    ? most(
        most(reaching, ({ generality }) => ratio(generality) ?? 0),
        ({ multiple }) => -multiple,
      )
    : most(most(reaching, localityOf), ({ multiple }) => multiple);
  return last.find(({ hook }) => hook === usualHook) ?? last[0]!;
}

const localityOf = ({ locality }: TuningCell): number => ratio(locality) ?? 0;

/** Those for which it is as much as for any. */
function most(cells: readonly TuningCell[], of: (cell: TuningCell) => number): readonly TuningCell[] {
  const largest = Math.max(...cells.map(of));
  return cells.filter((cell) => of(cell) === largest);
}
