import frequencies from './data/word-frequencies.json' with { type: 'json' };

/**
 * How much a word says: idf(w) = ln((D + 1) / (df + 1)) over D unrelated sentences and questions (Spärck Jones 1972). Words that
 * none of them has weigh most.
 */
export class WordWeights {
  readonly #documents: number;
  readonly #counts = new Map<string, number>();

  constructor({ documents, words }: { readonly documents: number; readonly words: Readonly<Record<string, string>> }) {
    this.#documents = documents;
    for (const [count, listed] of Object.entries(words))
      for (const word of listed.split(' ')) this.#counts.set(word, Number(count));
  }

  of(word: string): number {
    return Math.log((this.#documents + 1) / ((this.#counts.get(word) ?? 0) + 1));
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
