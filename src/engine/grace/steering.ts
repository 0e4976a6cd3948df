import type { Steering } from '../generation/steering.ts';
import type { ReplacementPolicy } from '../../protocol/edit.ts';
import type { Codebook } from './codebook.ts';
import { keyPositionOf, replacementOf } from './replacement-policy.ts';
import type { Router } from './router.ts';

/** Lets a codebook steer generation: the entry that fires for the prompt puts its value in, under its edit's own policy. Values are (rows, size). */
export function steeredBy(
  router: Router,
  codebook: Codebook,
  size: number,
  policyOf: (edit: number) => ReplacementPolicy,
): Steering {
  return {
    decide(prefill) {
      const decision = router.decide(router.query(prefill), codebook);
      if (decision.entry === null) return { decision, replacement: null };
      const { value, valueFrom } = codebook.entries[decision.entry]!;
      return { decision, replacement: replacementOf(value, size, policyOf(valueFrom), keyPositionOf(prefill.ids)) };
    },
  };
}
