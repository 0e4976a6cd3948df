import type { PromptKind } from '../../../protocol/calibration.ts';
import type { FarQuestions } from './far-questions.ts';
import type { TwoPartCodebook, TwoPartRow } from './two-part-codebook.ts';
import { isFunctionWord } from './words.ts';

/** The share of unrelated questions that may fire a codebook. */
const FAR_FIRES = 0.01;

/**
 * The rows of a codebook by the words of their entities, and what the codebook as a whole does to unrelated questions. Follows the
 * codebook as it grows.
 */
export class RowIndex {
  readonly #codebook: TwoPartCodebook;
  readonly #far: ReadonlyMap<PromptKind, FarQuestions>;
  #rows: TwoPartRow[] = [];
  #byWord = new Map<string, number[]>();
  /** The best score over the rows, for each unrelated question that is about what a row is about. */
  #best = new Map<PromptKind, Map<number, number>>();
  #floors = new Map<PromptKind, number>();
  /** How many keys the codebook had taken up when it was last looked at: it changes with each alone. */
  #keys = 0;

  constructor(codebook: TwoPartCodebook, far: ReadonlyMap<PromptKind, FarQuestions>) {
    this.#codebook = codebook;
    this.#far = far;
  }

  /** Takes up rows that are new; if an old one is another one now, all of them. */
  update(): void {
    const { entries, pastQueries } = this.#codebook;
    if (this.#keys === pastQueries.length) return;
    this.#keys = pastQueries.length;
    if (this.#rows.some((row, at) => !sameKey(row, entries[at]!))) this.#forget();
    this.#rows = this.#rows.map((_, at) => entries[at]!);
    for (let at = this.#rows.length; at < entries.length; at++) this.#take(entries[at]!, at);
  }

  row(at: number): TwoPartRow {
    return this.#rows[at]!;
  }

  rowOf(prompt: string): number | undefined {
    return this.#codebook.rowOf(prompt);
  }

  /** Rows whose entity has one of these words, some of them more than once. */
  about(words: ReadonlySet<string>): readonly number[] {
    return [...words].flatMap((word) => this.#byWord.get(word) ?? []);
  }

  /** The .99 quantile of the best score of unrelated questions; minus infinity while fewer have any. */
  floor(kind: PromptKind): number {
    const known = this.#floors.get(kind);
    if (known !== undefined) return known;
    const allowed = Math.floor(FAR_FIRES * (this.#far.get(kind)?.count ?? 0));
    const best = [...(this.#best.get(kind)?.values() ?? [])].sort((a, b) => b - a);
    const floor = best[allowed] ?? -Infinity;
    this.#floors.set(kind, floor);
    return floor;
  }

  #take(row: TwoPartRow, at: number): void {
    this.#rows.push(row);
    const telling = row.words.entity.filter((word) => !isFunctionWord(word));
    for (const word of telling.length > 0 ? telling : row.words.entity) {
      const listed = this.#byWord.get(word);
      if (listed) listed.push(at);
      else this.#byWord.set(word, [at]);
    }
    const best = this.#best.get(row.kind) ?? new Map<number, number>();
    this.#best.set(row.kind, best);
    for (const [question, score] of this.#far.get(row.kind)?.scores(row) ?? [])
      if (score > (best.get(question) ?? -Infinity)) {
        best.set(question, score);
        this.#floors.delete(row.kind);
      }
  }

  #forget(): void {
    this.#rows = [];
    this.#byWord = new Map();
    this.#best = new Map();
    this.#floors = new Map();
  }
}

const sameKey = (a: TwoPartRow, b: TwoPartRow): boolean =>
  a === b || (a.key === b.key && a.words.entity.join() === b.words.entity.join());
