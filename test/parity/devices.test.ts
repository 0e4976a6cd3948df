import path from 'node:path';
import { expect, it } from 'vitest';

import { checkDevice } from '../../src/engine/generation/device-check.ts';
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

for (const device of DEVICES) {
  testModel(path.join(FIXTURES, 'gpt2'), device, true);

  it.each(['llama', 't5', 'bert'])(`passes the check of ${device}: %s`, async (name) => {
    const { passed, difference } = await checkDevice(new Model(path.join(FIXTURES, name)), device, 'cpu');
    expect({ passed, small: difference < 1e-5 }).toEqual({ passed: true, small: true });
  });
}
