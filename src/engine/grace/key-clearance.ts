import { KeyMatrix } from './distance.ts';

/** The keys of an edit and its e_init, as {@link KeyClearance} needs them. */
export interface PlacedKeys {
  readonly edit: number;
  readonly keys: readonly Float32Array[];
  readonly radius: number;
}

/**
 * For each key, how near the keys of earlier edits come to it, whether those are part of the codebook or not.
 *
 * Edits are folded in order of creation and keys never move. So a key that is farther from all earlier ones than its fold can
 * reach meets no entry, whichever edits are taken out: it need not be searched again. In a codebook of prompts that have
 * little to do with each other that is almost every key.
 */
export class KeyClearance {
  readonly #dim: number;
  #keys: KeyMatrix;
  /** Whose key each row is. */
  #edits: number[] = [];
  /** By the key itself; each is kept by reference for as long as its edit is. */
  #clearances = new Map<Float32Array, number>();
  #largestRadius = 0;

  constructor(dim: number) {
    this.#dim = dim;
    this.#keys = new KeyMatrix(dim);
  }

  /** Takes up the keys of these edits, all there are, in order of creation. Only those that are new are searched for. */
  update(edits: readonly PlacedKeys[]): void {
    const isKnown = ({ keys }: PlacedKeys): boolean => keys.every((key) => this.#clearances.has(key));
    // An edit whose vectors have come back stands before others that did not know of it.
    const firstNew = edits.findIndex((edit) => !isKnown(edit));
    if (firstNew >= 0 && edits.slice(firstNew).some(isKnown)) this.#forget();
    for (const { edit, keys, radius } of edits) {
      this.#largestRadius = Math.max(this.#largestRadius, radius);
      for (const key of keys) if (!this.#clearances.has(key)) this.#take(edit, key, radius);
    }
  }

  /** No key of an earlier edit is nearer than this. */
  of(key: Float32Array): number {
    return this.#clearances.get(key) ?? 0;
  }

  /** The edits, those of long ago too, with a key within `limit` of this one. */
  editsWithin(key: Float32Array, limit: number): ReadonlySet<number> {
    const found = new Set<number>();
    this.#keys.scan(key, limit, (row) => {
      found.add(this.#edits[row]!);
      return limit;
    });
    return found;
  }

  #take(edit: number, key: Float32Array, radius: number): void {
    // A fold reaches twice e_init; expanded entries, and edits that get a larger radius later, reach farther.
    const limit = 4 * Math.max(radius, this.#largestRadius);
    this.#clearances.set(key, this.#keys.nearest(key, limit)?.distance ?? limit);
    this.#keys.append(key);
    this.#edits.push(edit);
  }

  #forget(): void {
    this.#keys = new KeyMatrix(this.#dim);
    this.#edits = [];
    this.#clearances = new Map();
  }
}
