import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { copyRuntime } from '../../src/engine/runtime/ort.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { SKIP_WEBGPU, swiftShader } from '../support/swiftshader.ts';
import { expectRefusal, grace, run, temporaryFolder } from './grace.ts';
import { cudaState, devicesReport } from './shapes.ts';

const MODEL = path.join(FIXTURES, 'gpt2');
const PROMPT = ['--prompt', 'flip a coin into the air'];
const folder = temporaryFolder();

const told = z.object({
  text: z.string(),
  device: z.object({ asked: z.string(), used: z.string(), reason: z.string() }).optional(),
});

/** Drivers are looked for in the environment that the command line is started with. */
beforeAll(async () => {
  if (!SKIP_WEBGPU) Object.assign(process.env, await swiftShader(folder));
});

describe('a device that is not there', () => {
  it.each([
    ['dml', /has no dml provider/],
    ['coreml', /has no coreml provider/],
    ['cuda', /without its cuda provider/],
  ])('%s: the CPU serves, and the reason is told', async (device, reason) => {
    if (process.platform !== 'linux' || process.arch !== 'x64') return;
    const ask = ['generate', '--model', MODEL, ...PROMPT, '--max-tokens', '4'];
    const expected = await grace(told, ask);
    const got = await grace(told, [...ask, '--device', device]);
    expect(got).toEqual({
      text: expected.text,
      device: { asked: device, used: 'cpu', reason: expect.stringMatching(reason) as string },
    });
    const { stderr, exit } = await run(...ask, '--device', device);
    expect({ exit, told: stderr.split('\n')[0] }).toEqual({
      exit: 0,
      told: `device: ${got.device!.reason} The cpu serves.`,
    });
  });

  it.skipIf(SKIP_WEBGPU)('webgpu without an adapter: the CPU serves', async () => {
    const drivers = process.env['VK_ICD_FILENAMES'];
    process.env['VK_ICD_FILENAMES'] = path.join(folder, 'none.json');
    const got = await grace(told, ['generate', '--model', MODEL, ...PROMPT, '--max-tokens', '4', '--device', 'webgpu']);
    process.env['VK_ICD_FILENAMES'] = drivers;
    expect(got.device).toMatchObject({ used: 'cpu', reason: expect.stringMatching(/could not be started/) as string });
  });
});

it('says what is there, and why not, without a model', async () => {
  const { auto, devices } = await grace(devicesReport, ['inspect', '--devices']);
  const found = Object.fromEntries(devices.map((report) => [report.device, report]));
  expect(Object.keys(found)).toEqual(['cpu', 'webgpu', 'dml', 'coreml', 'cuda', 'wasm']);
  expect(auto).toBe('cpu');
  for (const device of ['cpu', 'wasm', ...(SKIP_WEBGPU ? [] : ['webgpu'])])
    expect(found[device]).toMatchObject({ installed: true, started: true, checked: true, reason: null });
  for (const { installed, started, reason } of devices)
    if (!installed) expect({ started, told: reason !== null }).toEqual({ started: null, told: true });
});

it('has no CUDA libraries before they are downloaded, and downloads none where they could not work', async () => {
  vi.stubEnv('XDG_CACHE_HOME', folder);
  const { installed, bytes, folder: place } = await grace(cudaState, ['cuda']);
  expect({ installed, bytes }).toEqual({ installed: false, bytes: 0 });
  expect(place.startsWith(folder)).toBe(true);
  if (!existsSync('/proc/driver/nvidia/version'))
    await expectRefusal('device-unavailable', ['cuda', 'download'], /NVIDIA|linux-x64/);
  expect(await grace(cudaState, ['cuda', 'remove'])).toEqual({ installed: false, bytes: 0, folder: place });
  vi.unstubAllEnvs();
});

it('computes with the copy of the runtime that lies beside CUDA libraries', async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  vi.stubEnv('XDG_CACHE_HOME', folder);
  const { folder: place } = await grace(cudaState, ['cuda']);
  const binaries = copyRuntime(place);
  writeFileSync(path.join(binaries, 'libonnxruntime_providers_cuda.so'), 'no library');
  writeFileSync(path.join(place, 'complete.json'), '{}');
  const ask = ['generate', '--model', MODEL, ...PROMPT, '--max-tokens', '4', '--device', 'cuda'];
  const { device } = await grace(told, ask);
  // It has come as far as the file beside its own library.
  expect(device).toMatchObject({ used: 'cpu', reason: expect.stringMatching(/cuda could not be started/) as string });
  vi.unstubAllEnvs();
});
