import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { mersenne } from 'pure-rand/generator/mersenne';
import { describe, expect, it } from 'vitest';

import { adaptorGraph, DEFER, MEMORY } from '../../../src/engine/evaluation/adaptor.ts';
import { Session } from '../../../src/engine/runtime/session.ts';
import { floatData, floats } from '../../../src/engine/runtime/tensor.ts';

const SIZES = { dIn: 5, dOut: 4, slots: 3 };
const COUNT = 2;

describe.each([DEFER, MEMORY])('$name', (kind) => {
  const random = mersenne(7);
  const draw = (length: number): Float32Array => Float32Array.from({ length }, () => 2 * uniformFloat32(random) - 1);
  const shapes = kind.parameters(SIZES);
  const parameters = new Map(
    shapes.map(({ name, shape }) => [name, draw(shape.reduce((product, size) => product * size, 1))]),
  );
  const [query, output, upstream] = [draw(SIZES.dIn), draw(COUNT * SIZES.dOut), draw(COUNT * SIZES.dOut)];
  const { graph, rows, gradients } = adaptorGraph(kind, SIZES);
  const run = async () => {
    const session = await Session.create(graph, { device: 'cpu' });
    const results = await session.run({
      query: floats(query, [1, SIZES.dIn]),
      output: floats(output, [COUNT, SIZES.dOut]),
      upstream: floats(upstream, [COUNT, SIZES.dOut]),
      ...Object.fromEntries(shapes.map(({ name, shape }) => [name, floats(parameters.get(name)!, shape)])),
    });
    await session.dispose();
    return results;
  };

  it('has the gradients that finite differences give', async () => {
    const objective = async (): Promise<number> =>
      floatData((await run())[rows]).reduce((sum, x, at) => sum + x * upstream[at]!, 0);
    for (const { name } of shapes) {
      const numbers = parameters.get(name)!;
      const gradient = floatData((await run())[gradients.get(name)!])[0]!;
      const original = numbers[0]!;
      numbers[0] = original + 1e-2;
      const above = await objective();
      numbers[0] = original - 1e-2;
      const below = await objective();
      numbers[0] = original;
      expect(gradient, name).toBeCloseTo((above - below) / 2e-2, 2);
    }
  });

  it('puts in what it has learned, at every position alike', async () => {
    if (kind === DEFER) parameters.get('gate.bias')!.fill(30); // the gate is open
    const learned = kind.apply(query, parameters, SIZES)!;
    const training = floatData((await run())[rows]);
    for (let at = 0; at < training.length; at++) expect(training[at]).toBeCloseTo(learned[at % SIZES.dOut]!, 5);
    if (kind !== DEFER) return;
    parameters.get('gate.bias')!.fill(-30);
    expect(kind.apply(query, parameters, SIZES)).toBeNull();
  });
});
