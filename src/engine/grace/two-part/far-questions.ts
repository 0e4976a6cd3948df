import { matchEntity, queryWords, sharedStems, type QueryWords } from './entity-gate.ts';
import { relationScore } from './relation-score.ts';
import type { TwoPartRow } from './two-part-codebook.ts';
import { wordWeights } from './word-weights.ts';

/** Questions that no edit should answer, with the states they give: what keys are held against. */
export class FarQuestions {
  readonly #questions: readonly { readonly words: QueryWords; readonly vector: Float32Array }[];
  readonly #byWord = new Map<string, number[]>();

  /** @param vectors z of each question. (questions, rank) */
  constructor(questions: readonly string[], vectors: Float32Array, rank: number) {
    this.#questions = questions.map((question, at) => ({
      words: queryWords(question),
      vector: vectors.subarray(at * rank, (at + 1) * rank),
    }));
    for (const [at, { words }] of this.#questions.entries())
      for (const word of words.words) this.#byWord.set(word, [...(this.#byWord.get(word) ?? []), at]);
  }

  get count(): number {
    return this.#questions.length;
  }

  /** Questions about what the key is about, by their words, and their scores. */
  *scores(row: TwoPartRow): Generator<readonly [question: number, score: number], void> {
    const near = new Set(row.words.entity.flatMap((word) => this.#byWord.get(word) ?? []));
    for (const at of near) {
      const { words, vector } = this.#questions[at]!;
      if (!matchEntity(row.words, words, wordWeights()).passes) continue;
      yield [at, relationScore(row.key, vector, sharedStems(row.words, words))];
    }
  }
}
