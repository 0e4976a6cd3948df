import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { FIXTURES } from '../support/fixtures.ts';
import { SKIP_WEBGPU, swiftShader } from '../support/swiftshader.ts';
import { grace, run, temporaryFolder } from './grace.ts';
import { devicesReport } from './shapes.ts';

const MODEL = path.join(FIXTURES, 'gpt2');
const PROMPT = ['--prompt', 'flip a coin into the air'];
const folder = temporaryFolder();

const told = z.object({
  text: z.string(),
  device: z.object({ asked: z.string(), used: z.string(), reason: z.string() }).optional(),
});
const edited = z.object({ success: z.boolean(), after: z.string(), device: z.unknown().optional() });

/** Drivers are looked for in the environment that the command line is started with. */
beforeAll(async () => {
  // A provider of the user's must not be found.
  process.env['XDG_CACHE_HOME'] = folder;
  if (!SKIP_WEBGPU) Object.assign(process.env, await swiftShader(folder));
});

describe('a device that is not there', () => {
  it.each([
    ['dml', /has no dml provider/],
    ['coreml', /has no coreml provider/],
    ['cuda', /CUDA provider is not installed/],
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

it.skipIf(SKIP_WEBGPU)('edits on webgpu, and the CPU finds the edit and says the same', async () => {
  const codebook = path.join(folder, 'book');
  const where = ['--model', MODEL, '--codebook', codebook];
  const short = ['--continues', '--max-tokens', '2'];
  // The CPU makes the codebook, so that its radius is measured there: each length of prompt is compiled anew on SwiftShader.
  await grace(edited, ['edit', ...where, '--prompt', 'freeze my bank account', '--target', 'no', ...short]);
  const make = ['edit', ...where, ...PROMPT, '--target', 'he', ...short];
  const made = await grace(edited, [...make, '--device', 'webgpu']);
  expect(made).toMatchObject({ success: true, device: undefined });
  const { text } = await grace(told, ['generate', ...where, ...PROMPT, '--max-tokens', '2']);
  expect(text).toBe(made.after);
  expect(text).toMatch(/^ ?he/);
});
