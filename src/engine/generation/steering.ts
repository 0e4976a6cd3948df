import { NO_DECISION, type Decision } from '../../protocol/decision.ts';
import type { LowerPass, Replacement } from './sequence.ts';

/** A prompt that the lower part has seen. */
export interface Prefill {
  readonly ids: readonly number[];
  /** t*: the position where queries are read, and which replacement policies start from. */
  readonly keyPosition: number;
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

/** What passes below the edited module have shown of a prompt. */
export function prefillOf(ids: readonly number[], keyPosition: number, passes: readonly LowerPass[]): Prefill {
  return { ids, keyPosition, query: (hook, position) => queryAt(passes, hook, position) };
}

function queryAt(passes: readonly LowerPass[], hook: string, position: number): Float32Array {
  const pass = passes.find(({ start, count }) => position >= start && position < start + count);
  const rows = pass?.queries.get(hook);
  if (!pass || !rows) throw new Error(`There is no query of ${hook} at position ${position}.`);
  const width = rows.length / pass.count;
  return rows.slice((position - pass.start) * width, (position - pass.start + 1) * width);
}
