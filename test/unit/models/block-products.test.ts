import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { gradients } from '../../../src/engine/graph/gradient.ts';
import { Graph } from '../../../src/engine/graph/graph.ts';
import { tensorProduct, tensorRows, type BlockTensor } from '../../../src/engine/models/weight-tensor.ts';
import { Session } from '../../../src/engine/runtime/session.ts';
import { floats, floatData, ints } from '../../../src/engine/runtime/tensor.ts';
import { blockCases } from '../../support/gguf-blocks.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'grace-blocks-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const ROWS = 4;

describe.each(blockCases())('$format', ({ format, rows, columns, bytes, numbers }) => {
  const file = `${format}.bin`;
  writeFileSync(path.join(folder, file), Uint8Array.from([...new Uint8Array(64), ...bytes]));
  const tensor = (exact: boolean): BlockTensor => ({
    format,
    shape: [rows, columns],
    external: { location: file, offset: 64, length: bytes.length },
    exact,
    read: () => bytes,
  });
  const x = Float32Array.from({ length: ROWS * columns }, (_, i) => Math.sin(1.7 * i) + 0.2);
  const upstream = Float32Array.from({ length: ROWS * rows }, (_, i) => Math.cos(i));

  /** x W' and, with an upstream gradient u, u W; (T, N) and (T, K). */
  const product = async (exact: boolean): Promise<readonly [Float32Array, Float32Array]> => {
    const graph = new Graph();
    const input = graph.input('x', 'float32', ['T', columns]);
    const output = graph.output(tensorProduct(input, 'w', tensor(exact)));
    const [gradient] = gradients([output], [input], [graph.input('u', 'float32', ['T', rows])]);
    graph.output(gradient!);
    const session = await Session.create(graph, { device: 'cpu', folder });
    const result = await session.run({ x: floats(x, [ROWS, columns]), u: floats(upstream, [ROWS, rows]) });
    await session.dispose();
    return [floatData(result[output.name]), floatData(result[gradient!.name])];
  };

  /** Sum over the inner axis, and the sum of magnitudes that rounding is measured by. */
  const sums = (length: number, term: (k: number) => number): readonly [number, number] => {
    let [sum, size] = [0, 0];
    for (let k = 0; k < length; k++) {
      sum += term(k);
      size += Math.abs(term(k));
    }
    return [sum, size];
  };

  it('looks rows up to the bit, in the order asked for', async () => {
    const graph = new Graph();
    const output = graph.output(tensorRows(graph, 'w', tensor(false), graph.input('ids', 'int64', ['T'])));
    const session = await Session.create(graph, { device: 'cpu', folder });
    const found = floatData((await session.run({ ids: ints([2, 0, 1, 2]) }))[output.name]);
    await session.dispose();
    const row = (index: number): number[] => [...numbers.subarray(index * columns, (index + 1) * columns)];
    expect([...found]).toEqual([2, 0, 1, 2].flatMap(row));
  });

  it.each([
    [true, 1e-6],
    [false, 4e-3],
  ])('multiplies, exact %s, within %d of the sum of magnitudes', async (exact, tolerance) => {
    const [output, gradient] = await product(exact);
    for (let t = 0; t < ROWS; t++) {
      for (let n = 0; n < rows; n++) {
        const [want, size] = sums(columns, (k) => x[t * columns + k]! * numbers[n * columns + k]!);
        expect(Math.abs(output[t * rows + n]! - want)).toBeLessThanOrEqual(tolerance * size);
      }
      // The gradient multiplies with exact numbers in both precisions.
      for (let k = 0; k < columns; k++) {
        const [want, size] = sums(rows, (n) => upstream[t * rows + n]! * numbers[n * columns + k]!);
        expect(Math.abs(gradient[t * columns + k]! - want)).toBeLessThanOrEqual(1e-5 * (size + 1));
      }
    }
  });
});
