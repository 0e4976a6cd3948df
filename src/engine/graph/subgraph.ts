import { dependentsOf } from './gradient.ts';
import { Graph, type Node } from './graph.ts';
import type { Value } from './value.ts';

/** A copy of a part of a graph, and where the original's values are in it. */
export interface Subgraph {
  readonly graph: Graph;
  /** The copy of a value of the original; throws for one that is not in this part. */
  of(value: Value): Value;
}

/**
 * Copies what `outputs` are computed from into a graph of its own. Values in `given` are not computed there: they become inputs
 * of the same name, or whatever `given` makes of them. The copies of `outputs` are not marked as outputs yet.
 */
export function extract(outputs: readonly Value[], given: ReadonlyMap<Value, (graph: Graph) => Value>): Subgraph {
  const source = outputs[0]!.graph;
  const needed = ancestors(outputs, given);
  const graph = new Graph();
  const copies = new Map<Value, Value>();
  for (const input of source.inputs) {
    if (needed.values.has(input) && !given.has(input))
      copies.set(input, graph.input(input.name, input.dtype, input.shape));
  }
  for (const initializer of source.initializers) {
    if (needed.values.has(initializer.value)) copies.set(initializer.value, graph.adopt(initializer));
  }
  for (const [value, make] of given) {
    if (needed.values.has(value)) copies.set(value, make(graph));
  }
  const copyOf = (value: Value): Value => {
    const copy = copies.get(value);
    if (!copy) throw new Error(`${value.name} is not in this part of the graph.`);
    return copy;
  };
  for (const node of source.nodes) {
    if (!needed.nodes.has(node)) continue;
    const results = graph.apply(node.operator, node.inputs.map(copyOf), node.attributes);
    node.outputs.forEach((output, at) => copies.set(output, results[at]!));
  }
  return { graph, of: copyOf };
}

/** A value that becomes an input of the same name and type. */
export const asInput =
  (value: Value) =>
  (graph: Graph): Value =>
    graph.input(value.name, value.dtype, value.shape);

function ancestors(
  outputs: readonly Value[],
  given: ReadonlyMap<Value, unknown>,
): { nodes: Set<Node>; values: Set<Value> } {
  const nodes = new Set<Node>();
  const values = new Set<Value>();
  const stack = [...outputs];
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (values.has(value)) continue;
    values.add(value);
    if (given.has(value) || !value.producer) continue;
    nodes.add(value.producer);
    stack.push(...value.producer.inputs);
  }
  return { nodes, values };
}

/**
 * What the values in `above` take from the rest of their graph: values that depend on `source`, are not in `above`, and are used
 * by a node whose output is. What is computed without `source` (a weight cast to float32, a view of a cache) is not among them:
 * each part computes its own.
 */
export function frontier(above: ReadonlySet<Value>, source: Value): readonly Value[] {
  const { nodes } = source.graph;
  const carried = dependentsOf([source], nodes);
  const crossing = nodes
    .filter((node) => node.outputs.some((output) => above.has(output)))
    .flatMap((node) => node.inputs)
    .filter((value) => !above.has(value) && carried.has(value));
  return [...new Set(crossing)];
}
