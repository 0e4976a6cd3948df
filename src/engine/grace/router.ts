import type { Decision } from '../../protocol/decision.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Prefill } from '../generation/steering.ts';
import { hookName, type HookPoint } from '../models/hook-point.ts';
import type { EditReach } from '../../protocol/edit-reach.ts';
import type { EditOutline } from '../../protocol/router-state.ts';
import type { SuggestedNegative } from '../../protocol/edit-suggestions.ts';
import { askedText } from '../text/prompt-tokens.ts';
import { Codebook, type CodebookEdit, type FoldedCodebook } from './codebook.ts';
import { distance } from './distance.ts';
import { guessSubject } from './two-part/entity-gate.ts';

/** How much of the way to a prompt that must not fire a radius may take. */
const SHORT_OF = 0.9;

/** A prompt as a router compares it. */
export interface Query {
  /** What becomes the key when an edit is made. (size) */
  readonly vector: Float32Array;
  readonly prompt: Prompt;
}

/**
 * Who fires: what makes a query out of a prompt and its lower pass, how distance is measured, and when an entry answers. Nothing
 * outside a router knows how keys are made; a codebook records the name of the router that made its keys.
 */
export interface Router {
  readonly name: string;
  /** Numbers in a query and in a key. */
  readonly size: number;
  /** Mean loss below which a value carries as far as its entry fires. */
  readonly loss: number;
  /** A query from a prompt and its prefill. */
  query(prompt: Prompt, prefill: Prefill): Query;
  /** The entry that fires for a query, and the nearest other one. */
  decide(query: Query, codebook: FoldedCodebook): Decision;
  /** The radius, at most the edit's own, with which no key of an edit fires on prompts that must not fire it. */
  heed(edit: CodebookEdit, negatives: readonly Query[]): number;
  /** What an edit is taken to be about, by its prompt's words alone; null for a router that looks at no words. */
  outline(prompt: Prompt, subject: string | undefined, codebook: FoldedCodebook): EditOutline | null;
  /** What an edit would fire on beyond its own prompts; null for a router that cannot tell. */
  reach(edit: CodebookEdit, negatives: readonly Query[], codebook: FoldedCodebook): EditReach | null;
  /** Who or what a prompt seems to be about, as it stands there; empty where that cannot be told. */
  guessSubject(prompt: Prompt): string;
  /** Many questions about a subject, those that ask the same together; none for a router that has none. */
  askAbout(subject: string, kind: Prompt['kind']): readonly (readonly Prompt[])[];
  /** Those of them that ask something else than a key does, the likeliest to fire it first. */
  othersThan(key: Query, subject: string, asked: readonly (readonly Query[])[]): readonly SuggestedNegative[];
}

/**
 * GRACE's own router (Hartvigsen et al., NeurIPS 2023, section 3): the query is what the key hook point, by default the input of
 * the edited module, shows at t*; the nearest key fires if the Euclidean distance is within its radius.
 */
export class EuclideanRouter implements Router {
  static readonly NAME = 'grace';
  readonly name = EuclideanRouter.NAME;
  /** It fires on little but the prompt itself, and there greedy generation is the measure. */
  readonly loss = Infinity;
  readonly size: number;
  readonly #hook: string;

  constructor(key: HookPoint) {
    this.#hook = hookName(key);
    this.size = key.size;
  }

  query(prompt: Prompt, prefill: Prefill): Query {
    return { vector: prefill.query(this.#hook, prefill.keyPosition), prompt };
  }

  decide({ vector }: Query, codebook: FoldedCodebook): Decision {
    if (codebook instanceof Codebook) return codebook.decide(vector);
    throw new Error('The codebook was folded for another router.');
  }

  heed({ radius, keys }: CodebookEdit, negatives: readonly Query[]): number {
    const distances = negatives.flatMap(({ vector }) => keys.map((key) => distance(vector, key)));
    return distances.reduce((least, one) => (one <= least ? one * SHORT_OF : least), radius);
  }

  outline(): null {
    return null;
  }

  reach(): null {
    return null;
  }

  guessSubject(prompt: Prompt): string {
    return guessSubject(askedText(prompt));
  }

  askAbout(): readonly [] {
    return [];
  }

  othersThan(): readonly [] {
    return [];
  }
}
