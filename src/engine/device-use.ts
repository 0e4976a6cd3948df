import { CodedError } from '../protocol/coded-error.ts';
import type { DeviceInUse, DeviceReport } from '../protocol/device.ts';
import { checkDevice } from './generation/device-check.ts';
import type { Model } from './models/model.ts';
import { baseDevice, deviceFor, whyMissing } from './runtime/availability.ts';
import type { Device, DeviceChoice } from './runtime/device.ts';

/** The device that a model is to run on; where it is not there, or does not compute what the CPU does, the CPU with the reason. */
export async function deviceToUse(
  choice: DeviceChoice,
  model: Model,
): Promise<DeviceInUse & { readonly used: Device }> {
  const device = deviceFor(choice);
  if (device === baseDevice()) return { asked: choice, used: device, reason: null };
  const { reason } = await reportDevice(device, model);
  return { asked: choice, used: reason === null ? device : baseDevice(), reason };
}

/** The CPU instead of a device that could not go on. */
export function insteadOf(choice: DeviceChoice, error: unknown): (DeviceInUse & { readonly used: Device }) | null {
  if (!(error instanceof CodedError) || error.code !== 'device-unavailable') return null;
  if (deviceFor(choice) === baseDevice()) return null;
  return { asked: choice, used: baseDevice(), reason: error.message };
}

/** What is there of a device: its files, whether it starts, and whether it computes what the CPU computes for this model. */
export async function reportDevice(device: Device, model: Model): Promise<DeviceReport> {
  const reason = whyMissing(device);
  const nothing = { device, started: null, checked: null, difference: null, adapter: null };
  if (reason !== null) return { ...nothing, installed: false, reason };
  try {
    const base = baseDevice();
    const { passed, difference } = await checkDevice(model, device, base);
    const found = { ...nothing, installed: true, started: true, checked: passed, difference };
    return { ...found, reason: passed ? null : differs(device, base, difference) };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'device-unavailable') throw error;
    return { ...nothing, installed: true, started: false, reason: error.message };
  }
}

const differs = (device: Device, base: Device, difference: number): string =>
  `The device ${device} does not compute what the ${base} computes: a gradient differs by ${difference.toPrecision(2)} of its largest number.`;
