import type { Node } from './graph.ts';
import type { TensorType, Value } from './value.ts';

/** What an ONNX attribute may hold here; `{int}` and `{float}` tell whole numbers of either kind apart. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };
export type Attributes = Readonly<Record<string, Attribute>>;

/**
 * One ONNX operator: how its outputs look, and how gradients pass through it.
 *
 * `vjp` is the vector-Jacobian product: given d loss / d output (null where none arrives), it adds nodes to the graph and
 * returns d loss / d input for each input, null for one that takes no gradient. `wanted[i]` is false where the result for
 * input i would be thrown away.
 */
export interface Operator {
  readonly name: string;
  /** ONNX domain; absent for the default one. */
  readonly domain?: string;
  infer(inputs: readonly Value[], attributes: Attributes): readonly TensorType[];
  readonly vjp?: (
    node: Node,
    gradients: readonly (Value | null)[],
    wanted: readonly boolean[],
  ) => readonly (Value | null)[];
}

/** The first gradient of a node that has one output. */
export function onlyGradient(gradients: readonly (Value | null)[]): Value {
  const gradient = gradients[0];
  if (!gradient) throw new Error('A vector-Jacobian rule was asked for without an upstream gradient.');
  return gradient;
}

/** The numbers of an int64 constant that an operator takes as an input. */
export function constantNumbers(operator: string, value: Value | undefined): readonly number[] {
  if (!value?.constant) throw new Error(`${operator}: a shape, axis or index input must be an inline constant.`);
  return value.constant;
}

export function intAttribute(attributes: Attributes, name: string, otherwise: number): number {
  const attribute = attributes[name];
  return attribute && 'int' in attribute ? attribute.int : otherwise;
}

export function floatAttribute(attributes: Attributes, name: string, otherwise: number): number {
  const attribute = attributes[name];
  return attribute && 'float' in attribute ? attribute.float : otherwise;
}

export function intsAttribute(attributes: Attributes, name: string): readonly number[] {
  const attribute = attributes[name];
  if (attribute && 'ints' in attribute) return attribute.ints;
  throw new Error(`The attribute ${name} is missing.`);
}

export function stringAttribute(attributes: Attributes, name: string, otherwise: string): string {
  const attribute = attributes[name];
  return attribute && 'string' in attribute ? attribute.string : otherwise;
}
