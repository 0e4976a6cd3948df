import type { ReplacementPolicy } from '../../protocol/edit.ts';
import type { Replacement } from '../generation/sequence.ts';

export const REPLACEMENT_POLICIES = ['replace_last', 'replace_prompt', 'replace_all'] as const satisfies readonly ReplacementPolicy[];

/**
 * Which absolute positions a policy replaces, given the key position t*. Positions do not move when tokens are generated, so
 * `replace_all` replaces generated positions as well.
 */
export function covers(policy: ReplacementPolicy, keyPosition: number): Replacement['covers'] {
  switch (policy) {
    case 'replace_last':
      return (position) => position === keyPosition;
    case 'replace_prompt':
      return (position) => position < keyPosition;
    case 'replace_all':
      return () => true;
  }
}

/** The first position whose row above the module can differ from the unedited model's: everything before it is run once. */
export function firstReplaced(policy: ReplacementPolicy, keyPosition: number): number {
  return policy === 'replace_last' ? keyPosition : 0;
}

/** t* of a decoder: the last token of the prompt, whatever the policy. */
export function keyPositionOf(promptIds: readonly number[]): number {
  return promptIds.length - 1;
}
