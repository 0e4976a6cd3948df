import type { Graph, Node } from './graph.ts';
import type { Shape } from './shape.ts';

/** Element types that graphs here use. */
export type DType = 'float32' | 'float16' | 'bfloat16' | 'int64' | 'uint8' | 'bool';

/** What is known of a value before the graph runs. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One tensor of a graph: an input, an initializer, or the output of a node. */
export interface Value extends TensorType {
  readonly graph: Graph;
  readonly name: string;
  /** The node that makes it; null for inputs and initializers. */
  readonly producer: Node | null;
  /** The numbers of an inline int64 constant: shapes and axes that operators take as inputs are read from here. */
  readonly constant?: readonly number[];
}
