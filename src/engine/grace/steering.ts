import type { Decision } from '../../protocol/decision.ts';
import type { ReplacementPolicy } from '../../protocol/edit.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Prefill, Steered, Steering } from '../generation/steering.ts';
import type { PutIn } from './answer-memory.ts';
import type { FoldedCodebook } from './codebook.ts';
import { replacementOf } from './replacement-policy.ts';
import type { Router } from './router.ts';

/** Lets a codebook steer generation from a prompt: the entry that fires for the prompt puts its value in, under its edit's own policy. Values are (rows, size). */
export class CodebookSteering implements Steering {
  readonly #router: Router;
  readonly #prompt: Prompt;
  readonly #codebook: FoldedCodebook;
  readonly #size: number;
  readonly #policyOf: (edit: number) => ReplacementPolicy;

  constructor(
    router: Router,
    prompt: Prompt,
    codebook: FoldedCodebook,
    size: number,
    policyOf: (edit: number) => ReplacementPolicy,
  ) {
    this.#router = router;
    this.#prompt = prompt;
    this.#codebook = codebook;
    this.#size = size;
    this.#policyOf = policyOf;
  }

  decide(prefill: Prefill): Steered {
    const decision = this.#router.decide(this.#router.query(this.#prompt, prefill), this.#codebook);
    const put = this.#putInBy(decision);
    return {
      decision,
      replacement: put && replacementOf(put.value, this.#size, put.policy, prefill.keyPosition),
    };
  }

  /** What is put in for a prompt; null where no entry fires. */
  putIn(prefill: Prefill): PutIn | null {
    return this.#putInBy(this.#router.decide(this.#router.query(this.#prompt, prefill), this.#codebook));
  }

  #putInBy({ entry }: Decision): PutIn | null {
    if (entry === null) return null;
    const { value, valueFrom } = this.#codebook.entries[entry]!;
    return { value, policy: this.#policyOf(valueFrom) };
  }
}
