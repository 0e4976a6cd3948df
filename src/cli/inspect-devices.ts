import { spawn } from 'node:child_process';
import process from 'node:process';
import pc from 'picocolors';

import { reportDevice } from '../engine/device-use.ts';
import { Model } from '../engine/models/model.ts';
import { ALL_DEVICES, baseDevice, whyMissing } from '../engine/runtime/availability.ts';
import type { Device, DeviceChoice } from '../engine/runtime/device.ts';
import { ortVersion } from '../engine/runtime/ort.ts';
import type { DeviceReport, DevicesReport } from '../protocol/device.ts';
import { modelPath } from './embedded-models.ts';
import type { ModelOptions } from './options.ts';
import type { Outcome } from './output.ts';

interface DevicesFlags extends Pick<ModelOptions, 'device' | 'precision'> {
  readonly model?: string;
}

/** What is there of each device, or of the one that is named. */
export async function inspectDevices(flags: DevicesFlags): Promise<Outcome> {
  const { device, precision, model = 'demo' } = flags;
  const folder = modelPath(model);
  const described = new Model(folder, { precision }); // whatever is wrong with it is said once
  const devices =
    device === 'auto'
      ? await Promise.all(ALL_DEVICES.map((one) => reportApart(one, folder, precision)))
      : [await reportDevice(device, described)];
  const report: DevicesReport = {
    platform: `${process.platform}-${process.arch}`,
    runtime: ortVersion(),
    auto: baseDevice(),
    devices,
  };
  return { json: report, text: describe(report) };
}

/** Tries a device in a process of its own: a driver that fails may end the process. */
async function reportApart(
  device: Device,
  folder: string,
  precision: ModelOptions['precision'],
): Promise<DeviceReport> {
  const missing = whyMissing(device);
  const nothing = { device, started: null, checked: null, difference: null, adapter: null };
  if (missing !== null) return { ...nothing, installed: false, reason: missing };
  const choice: DeviceChoice = device;
  const options = ['--devices', '--device', choice, '--model', folder, '--precision', precision, '--json'];
  const { output, end } = await run(process.execPath, [...process.execArgv, process.argv[1]!, 'inspect', ...options]);
  const report = parseReport(output);
  if (report) return report;
  return { ...nothing, installed: true, started: false, reason: `The process that tried it ended with ${end}.` };
}

/** The one report that this program printed; undefined where it ended with an error or without a word. */
function parseReport(output: string): DeviceReport | undefined {
  try {
    return (JSON.parse(output) as Partial<DevicesReport>).devices?.[0];
  } catch {
    return undefined;
  }
}

function run(program: string, args: readonly string[]): Promise<{ readonly output: string; readonly end: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ output, end: signal ? `the signal ${signal}` : `exit code ${code ?? 0}` });
    });
  });
}

function describe({ platform, runtime, auto, devices }: DevicesReport): string {
  const rows = devices.map((report) => `  ${report.device.padEnd(8)}${describeOne(report)}`);
  return [`ONNX Runtime ${runtime} on ${platform}; --device auto is the ${auto}`, ...rows].join('\n');
}

function describeOne({ installed, checked, difference, reason }: DeviceReport): string {
  if (checked) return pc.green(`works; differs from the CPU by ${difference!.toExponential(1)} at most`);
  return installed ? pc.red(reason ?? '') : pc.dim(reason ?? '');
}
