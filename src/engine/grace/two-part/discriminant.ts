import { CholeskyDecomposition, inverse, Matrix } from 'ml-matrix';

import { matrixOf, symmetric } from './principal-directions.ts';
import type { Products, Rows } from './products.ts';

/** What is added to the within-class covariance so that it can be inverted: this share of its mean variance. */
const SHRINKAGE = 0.1;

/** Points in classes, and what a discriminant needs of them. */
export interface Classes {
  /** Points less the mean of all. (n, d) */
  readonly points: Rows;
  /** The class of each point, from 0. */
  readonly classOf: readonly number[];
  readonly count: number;
}

/**
 * Linear discriminant analysis (Fisher 1936; Rao 1948): a map A, (classes - 1, d), in whose space classes are as far apart, measured
 * by their own spread S = 0.9 S_w + 0.1 (tr S_w / d) I, as they can be.
 *
 * A = R^-T M^T S^-1, with M the means of all classes but the last and R the Cholesky factor of M^T S^-1 M: the coordinates of
 * S^-1/2 x in the basis that Gram and Schmidt make of the whitened means. No eigenvectors are in it, so nothing in it turns over
 * when the last digits of a sum do: two machines get the same map up to rounding, and read each other's keys.
 */
export async function discriminant(classes: Classes, products: Products, within?: Matrix): Promise<Matrix> {
  const means = classMeans(classes);
  const spread = (within ?? matrixOf(await scatter(classes, products))).clone().div(classes.classOf.length);
  const ridge = (SHRINKAGE * spread.trace()) / spread.rows;
  spread.mul(1 - SHRINKAGE).add(Matrix.eye(spread.rows, spread.rows, ridge));
  const chosen = means.subMatrixRow(Array.from({ length: classes.count - 1 }, (_, at) => at)).transpose(); // (d, classes - 1)
  const solved = new CholeskyDecomposition(symmetric(spread)).solve(chosen);
  const gram = chosen.transpose().mmul(solved);
  const factor = new CholeskyDecomposition(symmetric(gram)).lowerTriangularMatrix;
  return inverse(factor).mmul(solved.transpose());
}

/** Sum over points of (x - mean of its class)(x - mean of its class)^T. (d, d) */
export function scatter(classes: Classes, products: Products): Promise<Rows> {
  const means = classMeans(classes);
  const { data, rows, columns } = classes.points;
  const own = Float32Array.from(data, (number, at) => {
    return number - means.get(classes.classOf[Math.floor(at / columns)]!, at % columns);
  });
  return products.gram({ data: own, rows, columns });
}

/** (classes, d) */
function classMeans({ points: { data, columns }, classOf, count }: Classes): Matrix {
  const means = Matrix.zeros(count, columns);
  const sizes = new Array<number>(count).fill(0);
  classOf.forEach((at, point) => {
    sizes[at] = sizes[at]! + 1;
    for (let j = 0; j < columns; j++) means.set(at, j, means.get(at, j) + data[point * columns + j]!);
  });
  sizes.forEach((size, at) => {
    for (let j = 0; j < columns; j++) means.set(at, j, means.get(at, j) / Math.max(1, size));
  });
  return means;
}
