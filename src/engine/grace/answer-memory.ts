import type { ReplacementPolicy } from '../../protocol/edit.ts';
import type { Tokens } from '../generation/tokens.ts';

/** What a decision puts into a sequence; null where no entry fires. */
export interface PutIn {
  /** (rows, d_out); by reference, since a codebook never writes to a value. */
  readonly value: Float32Array;
  readonly policy: ReplacementPolicy;
}

interface Answer {
  readonly putIn: PutIn | null;
  readonly text: string;
}

/** Prompts that an editor remembers. */
const REMEMBERED = 128;

/**
 * The greedy answers that a model gave lately. An answer depends on the prompt's tokens, on its length, and on what was
 * decided at prefill, and on nothing else: as long as the same is put in, it is the same to the last bit.
 */
export class AnswerMemory {
  /** In order of last use. */
  readonly #answers = new Map<string, Answer>();
  readonly #most: number;

  /** @param most answers that are remembered: the most recent ones */
  constructor(most = REMEMBERED) {
    this.#most = most;
  }

  /** The answer to a prompt if it is known with this put in. */
  find(tokens: Tokens, maxTokens: number, putIn: PutIn | null): string | undefined {
    const name = nameOf(tokens, maxTokens);
    const known = this.#answers.get(name);
    if (!known || !isSame(known.putIn, putIn)) return undefined;
    this.#answers.delete(name);
    this.#answers.set(name, known);
    return known.text;
  }

  keep(tokens: Tokens, maxTokens: number, putIn: PutIn | null, text: string): void {
    const name = nameOf(tokens, maxTokens);
    this.#answers.delete(name);
    this.#answers.set(name, { putIn, text });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > this.#most) this.#answers.delete(oldest!);
  }
}

const nameOf = (tokens: Tokens, maxTokens: number): string => `${maxTokens}:${JSON.stringify(tokens)}`;

const isSame = (a: PutIn | null, b: PutIn | null): boolean => a?.value === b?.value && a?.policy === b?.policy;
