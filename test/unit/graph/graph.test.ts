import { describe, expect, it } from 'vitest';

import { dependentsOf, gradient } from '../../../src/engine/graph/gradient.ts';
import { Graph } from '../../../src/engine/graph/graph.ts';
import { add, mul } from '../../../src/engine/graph/operators/elementwise.ts';
import { gemm, matMul } from '../../../src/engine/graph/operators/matrix.ts';
import { concat, reshape } from '../../../src/engine/graph/operators/movement.ts';
import { asInput, extract, frontier } from '../../../src/engine/graph/subgraph.ts';
import { Session } from '../../../src/engine/runtime/session.ts';
import { floatData, floats } from '../../../src/engine/runtime/tensor.ts';

describe('Graph', () => {
  it('refuses a wrong shape while building, naming the operator and both shapes', () => {
    const graph = new Graph();
    const a = graph.input('a', 'float32', ['T', 3]);
    const b = graph.input('b', 'float32', [4, 5]);
    expect(() => matMul(a, b)).toThrow('MatMul: cannot multiply (T, 3) and (4, 5).');
    expect(() => gemm(a, b)).toThrow('Gemm: cannot multiply (T, 3) and (4, 5).');
    expect(() => add(a, b)).toThrow('Add: cannot broadcast (T, 3) and (4, 5).');
    expect(() => reshape(b, [3, -1])).toThrow('Reshape: cannot reshape (4, 5) and (3, -1).');
    expect(() => concat([a, b], 0)).toThrow('Concat: cannot join on axis 0 (T, 3) and (4, 5).');
  });

  it('does not broadcast one symbol to another', () => {
    const graph = new Graph();
    expect(() => add(graph.input('a', 'float32', ['T']), graph.input('b', 'float32', ['C']))).toThrow('(T) and (C)');
  });

  it('adds symbolic sizes and keeps equal sums equal', () => {
    const graph = new Graph();
    const a = graph.input('a', 'float32', ['T']);
    const b = graph.input('b', 'float32', ['C']);
    expect(concat([a, b], 0).shape).toEqual(concat([b, a], 0).shape);
  });

  it('gives no gradient to a variable that the loss does not depend on', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', []);
    const y = graph.input('y', 'float32', []);
    expect(gradient(mul(x, x), [y])).toEqual([null]);
  });
});

describe('extract', () => {
  it('cuts a computation in two that give what the whole gives', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2]);
    const below = mul(x, graph.floats(3));
    const cut = add(below, graph.floats(1));
    const result = add(mul(cut, cut), below);
    expect(frontier(dependentsOf([cut], graph.nodes), x)).toEqual([below]);

    const lower = extract([cut, below], new Map());
    const [cutName, belowName] = [cut, below].map((value) => lower.graph.output(lower.of(value)).name);
    const upper = extract([result], new Map([cut, below].map((value) => [value, asInput(value)])));
    const resultName = upper.graph.output(upper.of(result)).name;

    const low = await Session.create(lower.graph, { device: 'cpu' });
    const high = await Session.create(upper.graph, { device: 'cpu' });
    const handed = await low.run({ x: floats(Float32Array.of(1, 2)) });
    const got = await high.run({ [cut.name]: handed[cutName!]!, [below.name]: handed[belowName!]! });
    expect([...floatData(got[resultName])]).toEqual([19, 55]);
    await low.dispose();
    await high.dispose();
  });
});
