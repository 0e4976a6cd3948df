import { NO_DECISION, type Decision } from '../../protocol/decision.ts';
import type { Replacement } from './sequence.ts';

/** A prompt that the lower part has seen. */
export interface Prefill {
  readonly ids: readonly number[];
  /** What a hook point showed at a position, (d); `hook` is a hook name such as `transformer.h.4:input`. */
  query(hook: string, position: number): Float32Array;
}

/** What is put in for one sequence, and why. */
export interface Steered {
  readonly decision: Decision;
  readonly replacement: Replacement | null;
}

/** Decides, once for a sequence, whether a value is put in: this is where GRACE enters generation. */
export interface Steering {
  decide(prefill: Prefill): Steered;
}

/** The model as it is. */
export const UNSTEERED: Steering = { decide: () => ({ decision: NO_DECISION, replacement: null }) };
