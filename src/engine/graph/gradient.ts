import type { Node } from './graph.ts';
import { add } from './operators/elementwise.ts';
import type { Value } from './value.ts';

/**
 * Reverse-mode differentiation: adds to the graph of `loss` the nodes that compute d loss / d x for each x of `variables`.
 *
 * `upstream` is the gradient that arrives at `loss`, of its shape; 1 for a scalar loss. Only nodes between a variable and the
 * loss are differentiated. A variable that the loss does not depend on has no gradient and gives null.
 */
export function gradient(loss: Value, variables: readonly Value[], upstream?: Value): readonly (Value | null)[] {
  return gradients([loss], variables, [upstream ?? loss.graph.floats(1)]);
}

/** `gradient` of several outputs at once, each with its own upstream gradient. */
export function gradients(
  outputs: readonly Value[],
  variables: readonly Value[],
  upstreams: readonly Value[],
): readonly (Value | null)[] {
  const graph = outputs[0]!.graph;
  const forward = [...graph.nodes]; // the rules below append to graph.nodes
  const dependent = dependentsOf(variables, forward);
  const arrived = new Map<Value, Value>();
  const arrive = (value: Value, part: Value): void => {
    const before = arrived.get(value);
    arrived.set(value, before ? add(before, part) : part);
  };
  outputs.forEach((output, at) => {
    arrive(output, upstreams[at]!);
  });
  for (const node of forward.reverse()) {
    const incoming = node.outputs.map((output) => arrived.get(output) ?? null);
    if (!node.outputs.some((output) => dependent.has(output)) || incoming.every((part) => part === null)) continue;
    const wanted = node.inputs.map((input) => dependent.has(input));
    applyRule(node, incoming, wanted).forEach((part, at) => {
      if (part && wanted[at]) arrive(node.inputs[at]!, part);
    });
  }
  return variables.map((variable) => arrived.get(variable) ?? null);
}

function applyRule(
  node: Node,
  incoming: readonly (Value | null)[],
  wanted: readonly boolean[],
): readonly (Value | null)[] {
  if (!node.operator.vjp)
    throw new Error(`${node.operator.name} has no vector-Jacobian rule, and a gradient has to pass it.`);
  return node.operator.vjp(node, incoming, wanted);
}

/** The variables and everything computed from them. */
export function dependentsOf(variables: readonly Value[], nodes: readonly Node[]): ReadonlySet<Value> {
  const dependent = new Set(variables);
  for (const node of nodes) {
    if (node.inputs.some((input) => dependent.has(input))) node.outputs.forEach((output) => dependent.add(output));
  }
  return dependent;
}
