import type { Decision } from './decision.ts';

/** Another token the model might have said. */
export interface Alternative {
  readonly id: number;
  readonly text: string;
  /** Natural logarithm of its probability, before any sampling setting. */
  readonly logprob: number;
}

/** One generated token. */
export interface GeneratedToken {
  readonly id: number;
  /** The text it adds; empty while bytes of a character are missing, which a later token's text then brings. */
  readonly text: string;
  readonly logprob: number;
  /** The five most likely tokens at this step, the most likely first. */
  readonly alternatives: readonly Alternative[];
}

/**
 * Why generation ended: the model's end token, a stop string, the token limit, the model's context, or the user; or that every mask
 * of a text has been filled.
 */
export type FinishReason = 'eos' | 'stop' | 'length' | 'context' | 'cancelled' | 'filled';

/** What a model said. `grace generate --json` prints this. */
export interface Generation {
  readonly text: string;
  readonly tokens: readonly GeneratedToken[];
  readonly decision: Decision;
  readonly finish: FinishReason;
}

/** How the next token is chosen. Temperature 0 is greedy; the others then do nothing but `repetitionPenalty`. */
export interface Sampling {
  readonly temperature: number;
  /** Keep the k most likely tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the most likely tokens whose probabilities sum to p; 1 keeps all. */
  readonly topP: number;
  /** Divides positive and multiplies negative logits of tokens seen before (Keskar et al. 2019); 1 does nothing. */
  readonly repetitionPenalty: number;
  /** The same seed gives the same tokens. */
  readonly seed: number;
}

/** One token of a scored continuation. */
export interface ScoredToken {
  readonly id: number;
  readonly text: string;
  readonly logprob: number;
  /** Whether it is the most likely token here. */
  readonly greedy: boolean;
}

/** How likely a model finds a given continuation. `grace score --json` prints this. */
export interface Score {
  readonly tokens: readonly ScoredToken[];
  /** Sum of the tokens' log-probabilities (natural). */
  readonly logprob: number;
  /** exp of the negative mean log-probability. */
  readonly perplexity: number;
  readonly decision: Decision;
}
