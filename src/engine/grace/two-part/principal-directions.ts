import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import { mersenne } from 'pure-rand/generator/mersenne';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';

import type { Products, Rows } from './products.ts';

/** More directions are followed than are kept, so that the last ones kept settle as well. */
const SPARE = 32;
const ITERATIONS = 5;

/**
 * The directions in which a covariance, (d, d), is largest, as columns, (d, count): subspace iteration (Halko, Martinsson and Tropp
 * 2011). The basis within the subspace is no matter here, because a covariance is taken of what it makes.
 */
export async function principalDirections(covariance: Rows, count: number, products: Products): Promise<Rows> {
  const d = covariance.rows;
  if (count >= d) return identity(d);
  const followed = Math.min(d, count + SPARE);
  const random = mersenne(1);
  let basis: Rows = {
    data: Float32Array.from({ length: d * followed }, () => uniformFloat64(random) - 0.5),
    rows: d,
    columns: followed,
  };
  for (let step = 0; step < ITERATIONS; step++) basis = orthonormal(await products.multiply(covariance, basis));
  // Rayleigh and Ritz: the best directions of the subspace come first.
  const image = await products.multiply(covariance, basis);
  const small = matrixOf(basis).transpose().mmul(matrixOf(image));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric(small), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, at) => at).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const chosen = eigenvectorMatrix.subMatrixColumn(order.slice(0, count));
  return rowsOf(matrixOf(basis).mmul(chosen));
}

export function matrixOf({ data, rows, columns }: Rows): Matrix {
  return Matrix.from1DArray(rows, columns, data);
}

export function rowsOf(matrix: Matrix): Rows {
  return { data: Float32Array.from(matrix.to1DArray()), rows: matrix.rows, columns: matrix.columns };
}

const orthonormal = (rows: Rows): Rows => rowsOf(new QrDecomposition(matrixOf(rows)).orthogonalMatrix);
/** A matrix that is symmetric but for rounding, without that. */
export const symmetric = (matrix: Matrix): Matrix => Matrix.add(matrix, matrix.transpose()).mul(0.5);

function identity(d: number): Rows {
  const data = new Float32Array(d * d);
  for (let at = 0; at < d; at++) data[at * d + at] = 1;
  return { data, rows: d, columns: d };
}
