import { PbfWriter } from 'pbf';

import { releaseScratch, scratchBytes } from '../weights/scratch-memory.ts';
import type { ExternalData, Graph, Initializer, Node } from './graph.ts';
import type { Attribute, Attributes } from './operator.ts';
import { CAST_CODES } from './operators/elementwise.ts';
import { elementCount } from './shape.ts';
import type { Value } from './value.ts';

/** Opset 23 brings RMSNormalization and RotaryEmbedding (onnx.ai/onnx/operators). */
const OPSET = 23;
const IR_VERSION = 11;

/**
 * The graph as an ONNX ModelProto (onnx.proto3); field numbers are those of the specification. Unused nodes are left out. It may take hundreds of megabytes, which `releaseScratch` gives back.
 */
export function encodeOnnx(graph: Graph, place: Place = inFile, write: WriteNode = asItIs): Uint8Array<ArrayBuffer> {
  const nodes = reachable(graph);
  const domains = new Set(nodes.map((node) => node.operator.domain ?? ''));
  const initializers = usedInitializers(graph, nodes);
  const capacity = initializers.reduce((sum, initializer) => sum + inlineBytes(initializer), 2 ** 20);
  const pbf = new PbfWriter(scratchBytes(capacity));
  pbf.writeVarintField(1, IR_VERSION);
  pbf.writeStringField(2, 'grace-model-editor');
  pbf.writeMessage(7, writeGraph, {
    graph,
    nodes: nodes.flatMap(write),
    initializers,
    place,
  });
  for (const domain of domains.add('')) pbf.writeMessage(8, writeOpset, domain);
  return pbf.finish() as Uint8Array<ArrayBuffer>;
}

/** Room for an initializer within the graph, if that is where it goes. */
function inlineBytes(initializer: Initializer): number {
  if ('data' in initializer) return initializer.data.byteLength;
  return 'compute' in initializer ? computedBytes(initializer) : 0;
}

/** Size of a computed initializer, of float32 or uint8 numbers. */
export function computedBytes({ value }: OuterInitializer): number {
  return elementCount(value.shape)! * (value.dtype === 'uint8' ? 1 : 4);
}

/** The initializers that the encoded graph has, in its order. */
export function encodedInitializers(graph: Graph): readonly Initializer[] {
  return usedInitializers(graph, reachable(graph));
}

/** An initializer whose bytes are not within the graph. */
export type OuterInitializer = Exclude<Initializer, { readonly data: unknown }>;

/**
 * Where an initializer's bytes lie; bytes themselves go into the encoded graph. One that is computed may have the name of a file
 * that does not exist; the runtime is given its bytes under that name.
 */
export type Place = (initializer: OuterInitializer) => ExternalData | Uint8Array;

const inFile: Place = (initializer) => {
  if ('external' in initializer) return initializer.external;
  throw new Error(`${initializer.value.name} is made in memory, and the graph was encoded without a place for it.`);
};

/** A node as it is written: ONNX's operator, attributes, and values by name. The first output's name is its own. */
export interface WrittenNode {
  readonly operator: string;
  readonly domain?: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** What a node is written as; more than one where a runtime computes it better in parts. */
export type WriteNode = (node: Node) => readonly WrittenNode[];

export const asItIs = ({ operator, inputs, outputs, attributes }: Node): readonly WrittenNode[] => [
  {
    operator: operator.name,
    domain: operator.domain,
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name }) => name),
    attributes,
  },
];

function usedInitializers(graph: Graph, nodes: readonly Node[]): readonly Initializer[] {
  const used = new Set(nodes.flatMap((node) => node.inputs));
  return graph.initializers.filter(({ value }) => used.has(value));
}

/** The nodes that an output depends on, in building order. */
function reachable(graph: Graph): Node[] {
  const needed = new Set<Node>();
  const stack = graph.outputs.flatMap((output) => output.producer ?? []);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    stack.push(...node.inputs.flatMap((input) => input.producer ?? []));
  }
  return graph.nodes.filter((node) => needed.has(node));
}

function writeOpset(domain: string, pbf: PbfWriter): void {
  pbf.writeStringField(1, domain);
  pbf.writeVarintField(2, domain === '' ? OPSET : 1);
}

interface Body {
  readonly graph: Graph;
  readonly nodes: readonly WrittenNode[];
  readonly initializers: readonly Initializer[];
  readonly place: Place;
}

function writeGraph({ graph, nodes, initializers, place }: Body, pbf: PbfWriter): void {
  for (const node of nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, 'graph');
  for (const initializer of initializers) pbf.writeMessage(5, writeInitializer, { initializer, place });
  for (const input of graph.inputs) pbf.writeMessage(11, writeValueInfo, input);
  for (const output of graph.outputs) pbf.writeMessage(12, writeValueInfo, output);
}

function writeNode({ operator, domain, inputs, outputs, attributes }: WrittenNode, pbf: PbfWriter): void {
  for (const input of inputs) pbf.writeStringField(1, input);
  for (const output of outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, outputs[0]!);
  pbf.writeStringField(4, operator);
  for (const attribute of Object.entries(attributes)) pbf.writeMessage(5, writeAttribute, attribute);
  if (domain) pbf.writeStringField(7, domain);
}

function writeAttribute([name, attribute]: readonly [string, Attribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if ('float' in attribute) {
    pbf.writeFloatField(2, attribute.float);
    pbf.writeVarintField(20, 1);
  } else if ('int' in attribute) {
    pbf.writeVarintField(3, attribute.int);
    pbf.writeVarintField(20, 2);
  } else if ('string' in attribute) {
    pbf.writeBytesField(4, new TextEncoder().encode(attribute.string));
    pbf.writeVarintField(20, 3);
  } else {
    for (const int of attribute.ints) pbf.writeVarintField(8, int);
    pbf.writeVarintField(20, 7);
  }
}

interface PlacedInitializer {
  readonly initializer: Initializer;
  readonly place: Place;
}

function writeInitializer({ initializer, place }: PlacedInitializer, pbf: PbfWriter): void {
  const { name, dtype, shape } = initializer.value;
  for (const dim of shape) pbf.writeVarintField(1, Number(dim));
  pbf.writeVarintField(2, CAST_CODES[dtype]);
  pbf.writeStringField(8, name);
  if ('data' in initializer) {
    const { buffer, byteOffset, byteLength } = initializer.data;
    pbf.writeBytesField(9, new Uint8Array(buffer, byteOffset, byteLength));
    return;
  }
  const placed = place(initializer);
  if (placed instanceof Uint8Array) {
    pbf.writeBytesField(9, placed);
    releaseScratch(placed);
    return;
  }
  for (const entry of Object.entries(placed)) pbf.writeMessage(13, writeStringEntry, entry);
  pbf.writeVarintField(14, 1); // data_location: EXTERNAL
}

function writeStringEntry([key, value]: readonly [string, string | number], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, String(value));
}

function writeValueInfo(value: Value, pbf: PbfWriter): void {
  pbf.writeStringField(1, value.name);
  pbf.writeMessage(2, writeType, value);
}

function writeType(value: Value, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, value);
}

function writeTensorType(value: Value, pbf: PbfWriter): void {
  pbf.writeVarintField(1, CAST_CODES[value.dtype]);
  pbf.writeMessage(2, writeShape, value.shape);
}

function writeShape(shape: Value['shape'], pbf: PbfWriter): void {
  for (const dim of shape) pbf.writeMessage(1, writeDim, dim);
}

function writeDim(dim: number | string, pbf: PbfWriter): void {
  if (typeof dim === 'number') pbf.writeVarintField(1, dim);
  else pbf.writeStringField(2, dim);
}
