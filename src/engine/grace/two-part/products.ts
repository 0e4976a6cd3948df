import { Graph } from '../../graph/graph.ts';
import { matMul } from '../../graph/operators/matrix.ts';
import { Session } from '../../runtime/session.ts';
import { floatData, floats } from '../../runtime/tensor.ts';

/** A matrix of float32 numbers, row by row. */
export interface Rows {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Products of large matrices, by ONNX Runtime: dozens of times as fast as a loop here. Holds native memory until `dispose`. */
export class Products {
  readonly #session: Session;
  readonly #output: string;

  private constructor(session: Session, output: string) {
    this.#session = session;
    this.#output = output;
  }

  static async create(): Promise<Products> {
    const graph = new Graph();
    const product = graph.output(
      matMul(graph.input('a', 'float32', ['M', 'K']), graph.input('b', 'float32', ['K', 'N'])),
    );
    return new Products(await Session.create(graph, { device: 'cpu' }), product.name);
  }

  /** (m, k) times (k, n). */
  async multiply(a: Rows, b: Rows): Promise<Rows> {
    const results = await this.#session.run({
      a: floats(a.data, [a.rows, a.columns]),
      b: floats(b.data, [b.rows, b.columns]),
    });
    return { data: floatData(results[this.#output]), rows: a.rows, columns: b.columns };
  }

  /** The transpose of a matrix times the matrix itself. (n, d) -> (d, d) */
  gram(a: Rows): Promise<Rows> {
    return this.multiply(transposed(a), a);
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

export function transposed({ data, rows, columns }: Rows): Rows {
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column]!;
  return { data: turned, rows: columns, columns: rows };
}
