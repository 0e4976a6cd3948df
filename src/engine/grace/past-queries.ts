import { KeyMatrix } from './distance.ts';

/** A key of an edit: 0 is its prompt's, 1... those of its rephrasings. */
export interface Member {
  readonly edit: number;
  readonly key: number;
}

/** One key that was applied to the codebook, and where it stands. */
export interface PastQuery extends Member {
  /** The entry it was applied to: the one it created or joined. */
  readonly memberOf: number;
  /** The nearest entry now, and its distance. */
  readonly nearest: number;
  readonly distance: number;
}

/**
 * The keys of all edits so far, each with the entry that is nearest to it now.
 *
 * A new entry takes a past query over only if it is strictly nearer, and keys never move or go. So a query that lies on the
 * key of its entry keeps it for ever, and only the others are compared with new entries.
 */
export class PastQueries {
  #all: PastQuery[] = [];
  /** The queries recorded at a distance above 0, by their index; their vectors are the rows of the matrix. */
  #movable: number[] = [];
  #vectors: KeyMatrix;
  /** No movable query is farther from its entry than this. */
  #reach = 0;

  constructor(dim: number) {
    this.#vectors = new KeyMatrix(dim);
  }

  get all(): readonly PastQuery[] {
    return this.#all;
  }

  /** Takes up a query that has just been applied; `vector` (d_in). */
  record(query: PastQuery, vector: Float32Array): void {
    this.#all.push(query);
    if (query.distance === 0) return;
    this.#movable.push(this.#all.length - 1);
    this.#vectors.append(vector);
    this.#reach = Math.max(this.#reach, query.distance);
  }

  /** Compares all of them with a new entry, whose key (d_in) is `key`. */
  compareWith(entry: number, key: Float32Array): void {
    this.#vectors.scan(key, this.#reach, (row, distance) => {
      const index = this.#movable[row]!;
      const query = this.#all[index]!;
      if (distance < query.distance) this.#all[index] = { ...query, nearest: entry, distance };
      return this.#reach;
    });
  }

  copy(): PastQueries {
    const copy = new PastQueries(this.#vectors.dim);
    copy.#all = [...this.#all];
    copy.#movable = [...this.#movable];
    copy.#vectors = this.#vectors.copy();
    copy.#reach = this.#reach;
    return copy;
  }
}
