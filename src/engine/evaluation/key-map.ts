import { PCA } from 'ml-pca';

/** Vectors in the plane in which they differ most: their first two principal components, in units of their distance. */
export class KeyMap {
  /** Where each vector lies. */
  readonly places: readonly (readonly [number, number])[];
  /** Share of the vectors' variance that the plane shows. */
  readonly share: number;
  readonly #centre: Float64Array;
  readonly #pca: PCA | undefined;

  constructor(vectors: readonly Float32Array[]) {
    this.#centre = mean(vectors);
    const centred = vectors.map((vector) => this.#centred(vector));
    const variance = centred.reduce((sum, row) => sum + squared(row), 0);
    const isFlat = vectors.length < 3 || variance === 0;
    this.#pca = isFlat
      ? undefined
      : new PCA(centred, { method: 'NIPALS', nCompNIPALS: 2, center: false, scale: false });
    this.places = vectors.map((vector, at) => (isFlat ? [at, 0] : this.place(vector)));
    this.share = isFlat ? 0 : this.places.reduce((sum, place) => sum + squared(place), 0) / variance;
  }

  /** Where another vector lies in the plane; the origin where the plane is none. */
  place(vector: Float32Array): readonly [number, number] {
    const [x = 0, y = 0] = this.#pca?.predict([this.#centred(vector)], { nComponents: 2 }).to1DArray() ?? [];
    return [x, y];
  }

  #centred(vector: Float32Array): number[] {
    return Array.from(vector, (x, j) => x - this.#centre[j]!);
  }
}

const squared = (vector: readonly number[]): number => vector.reduce((sum, x) => sum + x * x, 0);

function mean(vectors: readonly Float32Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) vector.forEach((x, j) => (sum[j] = sum[j]! + x / vectors.length));
  return sum;
}
