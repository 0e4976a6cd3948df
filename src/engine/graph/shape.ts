import { CodedError } from '../../protocol/coded-error.ts';

/** A size known while building, or a symbol (`T`, `C + T`) that is bound when the graph runs. */
export type Dim = number | string;
export type Shape = readonly Dim[];

export function formatShape(shape: Shape): string {
  return `(${shape.join(', ')})`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** `axis` counted from the front; negative axes count from the end, as in ONNX. */
export function normalizeAxis(operator: string, axis: number, shape: Shape): number {
  const positive = axis < 0 ? axis + shape.length : axis;
  if (positive < 0 || positive >= shape.length) {
    throw shapeError(operator, `axis ${axis} is outside`, shape);
  }
  return positive;
}

/** The fault of a builder, not of a user: it names the operator and every shape involved. */
export function shapeError(operator: string, problem: string, ...shapes: Shape[]): CodedError {
  return new CodedError('graph-invalid', `${operator}: ${problem} ${shapes.map(formatShape).join(' and ')}.`);
}

/** ONNX multidirectional broadcasting; a symbol broadcasts only with itself or with 1. */
export function broadcastShapes(operator: string, a: Shape, b: Shape): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw shapeError(operator, 'cannot broadcast', a, b);
  });
}

/** The sum of two sizes; symbols are kept in a fixed order so that equal sums are equal strings. */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const terms = [a, b].flatMap((dim) => String(dim).split(' + '));
  const known = terms.reduce<number>((sum, term) => sum + (/^\d+$/.test(term) ? Number(term) : 0), 0);
  const symbols = terms.filter((term) => !/^\d+$/.test(term)).sort();
  return [...symbols, ...(known > 0 ? [known] : [])].join(' + ');
}

/** The number of elements when every dim is known, otherwise undefined. */
export function elementCount(shape: Shape): number | undefined {
  return shape.reduce<number | undefined>(
    (product, dim) => (product === undefined || typeof dim === 'string' ? undefined : product * dim),
    1,
  );
}
