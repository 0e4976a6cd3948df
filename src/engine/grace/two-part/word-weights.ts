import frequencies from './data/word-frequencies.json' with { type: 'json' };

/**
 * How much a word says: idf(w) = ln((D + 1) / (df + 1)) over D unrelated sentences and questions (Spärck Jones 1972). Words that
 * none of them has weigh most.
 */
export class WordWeights {
  readonly #weights = new Map<string, number>();
  readonly #unknown: number;

  constructor({ documents, words }: { readonly documents: number; readonly words: Readonly<Record<string, string>> }) {
    this.#unknown = Math.log(documents + 1);
    for (const [count, listed] of Object.entries(words)) {
      const weight = Math.log((documents + 1) / (Number(count) + 1));
      for (const word of listed.split(' ')) this.#weights.set(word, weight);
    }
  }

  of(word: string): number {
    return this.#weights.get(word) ?? this.#unknown;
  }

  sum(words: Iterable<string>): number {
    let sum = 0;
    for (const word of words) sum += this.of(word);
    return sum;
  }
}

let shipped: WordWeights | undefined;

/** The weights that come with this program. */
export const wordWeights = (): WordWeights => (shipped ??= new WordWeights(frequencies));
