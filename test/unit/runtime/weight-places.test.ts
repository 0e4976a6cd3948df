import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, expect, it } from 'vitest';

import { Graph } from '../../../src/engine/graph/graph.ts';
import { encodeOnnx } from '../../../src/engine/graph/onnx.ts';
import { add, mul } from '../../../src/engine/graph/operators/elementwise.ts';
import { placeWeights } from '../../../src/engine/runtime/weight-places.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'grace-places-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** x times a matrix in a file, plus a computed one. (N) */
function sample(size: number): Graph {
  writeFileSync(path.join(folder, 'weights'), Buffer.from(Float32Array.from({ length: size }, (_, i) => i).buffer));
  const graph = new Graph();
  const x = graph.input('x', 'float32', [size]);
  const type = { dtype: 'float32', shape: [size] } as const;
  const stored = graph.external('stored', type, { location: 'weights', offset: 0, length: 4 * size });
  const computed = graph.computed('computed', type, () => Float32Array.from({ length: size }, (_, i) => 1000 * i));
  graph.output(add(mul(x, stored), computed));
  return graph;
}

it.each([
  ['within the graph, the file mapped', undefined, 0],
  ['in memory, the file read, where they are too large for that', 100, 2],
])('computed weights go %s', async (_, maxInline, files) => {
  const graph = sample(1000);
  const placed = placeWeights(graph, folder, false, maxInline);
  expect(placed.files.length).toBe(files);
  const session = await InferenceSession.create(encodeOnnx(graph, placed.place), {
    ...(files > 0 ? { externalData: placed.files } : {}),
    extra: { session: { model_external_initializers_file_folder_path: folder } },
  });
  // The runtime has copied what it was given: nothing of it has to be kept.
  for (const { data } of placed.files) data.fill(0);
  const [result] = Object.values(
    await session.run({ x: new Tensor('float32', new Float32Array(1000).fill(2), [1000]) }),
  );
  expect(result!.data).toEqual(Float32Array.from({ length: 1000 }, (_, i) => 1002 * i));
  await session.release();
});
