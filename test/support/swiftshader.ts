import { existsSync, realpathSync, symlinkSync } from 'node:fs';
import path from 'node:path';

import { provideChromium } from './chromium.ts';

/** Set to leave the tests on WebGPU out; other systems than Linux have no SwiftShader. */
const SKIP = 'GRACE_SKIP_WEBGPU';
export const SKIP_WEBGPU = process.platform !== 'linux' || process.env[SKIP] === '1';
/** Says in the environment of tests why there is none. */
export const NO_SWIFTSHADER = 'GRACE_NO_SWIFTSHADER';

const ICD = 'vk_swiftshader_icd.json';
const LOADER = 'libvulkan.so.1';

/** What a process needs in its environment to find SwiftShader, the software Vulkan that Chromium carries, in place of a GPU. */
export interface SwiftShader {
  readonly VK_ICD_FILENAMES: string;
  readonly LD_LIBRARY_PATH: string;
}

/**
 * The environment in which WebGPU computes on the CPU, by SwiftShader. Chromium is installed first where there is none.
 *
 * @param scratch a folder that lives as long as the environment is used
 */
export async function swiftShader(scratch: string): Promise<SwiftShader> {
  const browser = realpathSync(await provideChromium());
  const folder = [path.dirname(browser), '/usr/lib/chromium'].find((name) => existsSync(path.join(name, ICD)));
  if (folder === undefined) {
    throw new Error(`There is no ${ICD} beside ${browser}. Set ${SKIP}=1 to leave the tests on WebGPU out.`);
  }
  // Chromium's Vulkan loader alone: beside it lie libraries that other programs must not find.
  const loader = path.join(folder, LOADER);
  if (existsSync(loader)) symlinkSync(loader, path.join(scratch, LOADER));
  return { VK_ICD_FILENAMES: path.join(folder, ICD), LD_LIBRARY_PATH: scratch };
}
