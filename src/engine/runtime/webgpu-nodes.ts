import type { Graph, Node } from '../graph/graph.ts';
import { asItIs, type WrittenNode } from '../graph/onnx.ts';

/**
 * The WebGPU provider takes the variance of a LayerNormalization as the mean of squares minus the square of the mean, which loses
 * all digits where the mean is large. The mean is taken off first; then the two agree.
 */
export function writeForWebGpu(node: Node): readonly WrittenNode[] {
  const written = asItIs(node);
  if (node.operator.name !== 'LayerNormalization') return written;
  const [{ inputs, outputs, ...rest }] = written as readonly [WrittenNode];
  const [x, ...parameters] = inputs as readonly [string, ...string[]];
  const [axes, mean, centred] = ['axes', 'mean', 'centred'].map((part) => `${outputs[0]}.${part}`) as [
    string,
    string,
    string,
  ];
  return [
    { operator: 'Constant', inputs: [], outputs: [axes], attributes: { value_ints: { ints: [-1] } } },
    { operator: 'ReduceMean', inputs: [x, axes], outputs: [mean], attributes: { keepdims: { int: 1 } } },
    { operator: 'Sub', inputs: [x, mean], outputs: [centred], attributes: {} },
    { ...rest, inputs: [centred, ...parameters], outputs },
  ];
}

/**
 * Nodes that the CPU computes: those on half precision, for which a device may have no arithmetic. They widen weights, which is
 * done once, and rows of embeddings, which are few, and whose table then stays mapped.
 */
export function nodesOffWebGpu(graph: Graph): readonly string[] {
  const isHalf = ({ dtype }: { readonly dtype: string }): boolean => dtype === 'float16' || dtype === 'bfloat16';
  const nodes = graph.nodes.filter(({ inputs, outputs }) => [...inputs, ...outputs].some(isHalf));
  return nodes.map(({ outputs }) => outputs[0]!.name);
}
