import type { Decision } from '../../protocol/decision.ts';
import type { Prefill } from '../generation/steering.ts';
import { hookName, type HookPoint } from '../models/hook-point.ts';
import type { Codebook } from './codebook.ts';
import { keyPositionOf } from './replacement-policy.ts';

/**
 * Who fires: what makes a query out of the lower pass, how distance is measured, and when an entry answers. Nothing outside a
 * router knows how keys are made; a codebook records the name of the router that made its keys.
 */
export interface Router {
  readonly name: string;
  /** Numbers in a query and in a key. */
  readonly size: number;
  /** A query from a prompt's prefill; the same vector becomes the key when an edit is made. */
  query(prefill: Prefill): Float32Array;
  /** The entry that fires for a query, and the nearest other one. */
  decide(query: Float32Array, codebook: Codebook): Decision;
}

/**
 * GRACE's own router (Hartvigsen et al., NeurIPS 2023, section 3): the query is what the key hook point, by default the input of
 * the edited module, shows at t*, the last prompt token; the nearest key fires if the Euclidean distance is within its radius.
 */
export class EuclideanRouter implements Router {
  static readonly NAME = 'grace';
  readonly name = EuclideanRouter.NAME;
  readonly size: number;
  readonly #hook: string;

  constructor(key: HookPoint) {
    this.#hook = hookName(key);
    this.size = key.size;
  }

  query(prefill: Prefill): Float32Array {
    return prefill.query(this.#hook, keyPositionOf(prefill.ids));
  }

  decide(query: Float32Array, codebook: Codebook): Decision {
    return codebook.decide(query);
  }
}
