import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { NO_SWIFTSHADER, SKIP_WEBGPU, swiftShader } from '../support/swiftshader.ts';

/**
 * Workers of the tests are started with the environment of this process, in which the Vulkan loader looks for its drivers. With
 * GRACE_GPU=1 they find the machine's own.
 */
export async function setup(): Promise<() => void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'grace-vulkan-'));
  if (!SKIP_WEBGPU && process.env['GRACE_GPU'] !== '1') {
    try {
      Object.assign(process.env, await swiftShader(scratch));
    } catch (error) {
      process.env[NO_SWIFTSHADER] = error instanceof Error ? error.message : String(error);
    }
  }
  return () => {
    rmSync(scratch, { recursive: true, force: true });
  };
}
