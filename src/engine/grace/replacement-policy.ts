import { CodedError } from '../../protocol/coded-error.ts';
import type { ReplacementPolicy } from '../../protocol/edit.ts';
import type { Replacement } from '../generation/sequence.ts';

export const REPLACEMENT_POLICIES = [
  'replace_last',
  'replace_prompt',
  'replace_all',
] as const satisfies readonly ReplacementPolicy[];

/**
 * Which row of a value goes to an absolute position, given the key position t*; null where none does. Positions do not move when
 * tokens are generated, so `replace_all` replaces generated positions as well.
 *
 * A value of several rows is a track: row j goes to t* + j, where the target's token j is predicted; after the last row the model
 * goes on by itself.
 */
export function rowFor(
  policy: ReplacementPolicy,
  keyPosition: number,
  rows: number,
): (position: number) => number | null {
  if (rows > 1) {
    checkTrack(policy);
    return (position) => (position >= keyPosition && position < keyPosition + rows ? position - keyPosition : null);
  }
  const covers = covered(policy, keyPosition);
  return (position) => (covers(position) ? 0 : null);
}

function covered(policy: ReplacementPolicy, keyPosition: number): (position: number) => boolean {
  switch (policy) {
    case 'replace_last':
      return (position) => position === keyPosition;
    case 'replace_prompt':
      return (position) => position < keyPosition;
    case 'replace_all':
      return () => true;
  }
}

/** A track begins at t*, so it goes with `replace_last` alone; `bad-argument` otherwise. */
export function checkTrack(policy: ReplacementPolicy): void {
  if (policy === 'replace_last') return;
  throw new CodedError('bad-argument', `A track cannot be put in with ${policy}.`, 'Use replace_last, or one vector.');
}

/** A value, (rows, d_out), put in under a policy for a prompt whose key position is t*. */
export function replacementOf(
  value: Float32Array,
  size: number,
  policy: ReplacementPolicy,
  keyPosition: number,
): Replacement {
  const row = rowFor(policy, keyPosition, value.length / size);
  return {
    rowAt(position) {
      const at = row(position);
      return at === null ? null : value.subarray(at * size, (at + 1) * size);
    },
  };
}

/** The first position whose row above the module can differ from the unedited model's: everything before it is run once. */
export function firstReplaced(policy: ReplacementPolicy, keyPosition: number): number {
  return policy === 'replace_last' ? keyPosition : 0;
}
