import path from 'node:path';
import { expect, it } from 'vitest';

import { checkDevice } from '../../src/engine/generation/device-check.ts';
import { TrainingExample, type Evaluation } from '../../src/engine/grace/training-example.ts';
import { HookedModel } from '../../src/engine/models/hooked-model.ts';
import { Model } from '../../src/engine/models/model.ts';
import type { Device } from '../../src/engine/runtime/device.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { testModel } from '../support/model-parity.ts';
import { NO_SWIFTSHADER, SKIP_WEBGPU } from '../support/swiftshader.ts';

/** Where there is no GPU, WebGPU computes with SwiftShader, some thousand times slower than a GPU does. */
const DEVICES: readonly Device[] = SKIP_WEBGPU ? ['wasm'] : ['webgpu', 'wasm'];

if (!SKIP_WEBGPU)
  it('has a WebGPU adapter', () => {
    expect(process.env[NO_SWIFTSHADER]).toBeUndefined();
  });

/** Loss and gradient of a target at a value of zeros. */
async function firstStep(device: Device): Promise<Evaluation> {
  const model = await HookedModel.open(new Model(path.join(FIXTURES, 't5')), device, { replace: 'encoder.block.0' });
  const example = await TrainingExample.prepare(
    model,
    { prompt: { ids: [5, 6, 7] }, targetIds: [8, 9] },
    'replace_last',
  );
  const evaluation = await example.evaluate(new Float32Array(model.replace.size));
  example.dispose();
  await model.dispose();
  return evaluation;
}

for (const device of DEVICES) {
  testModel(path.join(FIXTURES, 'gpt2'), device, true);

  it('learns in the encoder of an encoder-decoder as on the CPU', async () => {
    const [got, want] = [await firstStep(device), await firstStep('cpu')];
    expect(Math.abs(got.loss - want.loss)).toBeLessThan(5e-5);
    const largest = Math.max(...want.gradient.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    for (const [at, x] of want.gradient.entries()) expect(Math.abs(got.gradient[at]! - x)).toBeLessThan(1e-4 * largest);
  });

  it.each(device === 'webgpu' ? ['bert'] : ['llama', 't5', 'bert'])(
    `passes the check of ${device}: %s`,
    async (name) => {
      const { passed, difference } = await checkDevice(new Model(path.join(FIXTURES, name)), device, 'cpu');
      expect({ passed, small: difference < 1e-5 }).toEqual({ passed: true, small: true });
    },
  );
}
