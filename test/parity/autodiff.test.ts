import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { gradients } from '../../src/engine/graph/gradient.ts';
import { Graph } from '../../src/engine/graph/graph.ts';
import { Session } from '../../src/engine/runtime/session.ts';
import { bools, floatData, floats, ints, type Tensor } from '../../src/engine/runtime/tensor.ts';
import { buildCase, type Case, type CaseTensor } from '../support/autodiff-operators.ts';
import { testedDevice } from '../support/devices.ts';
import { fixtureFolders, readJson } from '../support/fixtures.ts';

function toTensor({ dtype, shape, data }: CaseTensor): Tensor {
  if (dtype === 'bool') return bools(data.map(Boolean), shape);
  if (dtype === 'int64') return ints(data.map(Number), shape);
  return floats(
    Float32Array.from(data, (x) => Number(x)),
    shape,
  );
}

function largestDifference(got: Float32Array, want: CaseTensor): number {
  expect(got.length).toBe(want.data.length);
  const reference = want.data.map(Number);
  const unit = Math.max(1, ...reference.filter(Number.isFinite).map(Math.abs));
  return Math.max(0, ...reference.map((x, i) => (Object.is(x, got[i]) ? 0 : Math.abs(got[i]! - x) / unit)));
}

/** The README's tolerance: 1e-5 relative, or ten times what float32 itself loses. */
function allowed({ op }: Case, lost: number): number {
  // The builder drops casts that change nothing, so this case goes by way of float16 and keeps 11 bits.
  if (op === 'Cast') return 2 ** -11;
  return lost > 1e-5 ? 10 * lost : 1e-5;
}

async function run(testCase: Case): Promise<void> {
  const graph = new Graph();
  const inputs = testCase.inputs.map(({ name, dtype, shape }) => graph.input(name, dtype, shape));
  const outputs = buildCase(testCase, inputs);
  const upstreams = testCase.grad_outputs.map(({ shape }, at) => graph.input(`upstream_${at}`, 'float32', shape));
  const wanted = inputs.filter((_, at) => testCase.grad_inputs[at] !== null);
  const results = gradients(outputs, wanted, upstreams);
  outputs.forEach((output) => graph.output(output));
  results.forEach((result) => graph.output(result!));
  const session = await Session.create(graph, { device: testedDevice() });
  const feeds = Object.fromEntries([
    ...testCase.inputs.map((input) => [input.name, toTensor(input)] as const),
    ...testCase.grad_outputs.map((upstream, at) => [`upstream_${at}`, toTensor(upstream)] as const),
  ]);
  const got = await session.run(feeds);
  await session.dispose();
  outputs.forEach((output, at) => {
    const difference = largestDifference(floatData(got[output.name]), testCase.outputs[at]!);
    expect(difference, `output ${at}`).toBeLessThanOrEqual(allowed(testCase, testCase.f32_vs_f64.output_max_abs));
  });
  const references = testCase.grad_inputs.filter((gradient) => gradient !== null);
  results.forEach((result, at) => {
    const difference = largestDifference(floatData(got[result!.name]), references[at]!);
    expect(difference, `gradient of ${wanted[at]!.name}`).toBeLessThanOrEqual(
      allowed(testCase, testCase.f32_vs_f64.grad_max_abs),
    );
  });
}

for (const folder of fixtureFolders('cases.json').filter((name) => path.basename(name) === 'autodiff')) {
  const { cases } = readJson(path.join(folder, 'cases.json')) as { readonly cases: readonly Case[] };
  describe(`vector-Jacobian products of ${folder}`, () => {
    it.each(cases.map((testCase) => [testCase.name, testCase] as const))('%s', async (_, testCase) => {
      await run(testCase);
    });
  });
}
