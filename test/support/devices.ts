import { isDeviceChoice, type Device } from '../../src/engine/runtime/device.ts';

/** The device that the parity tests run on: the one that GRACE_DEVICE names, or the CPU. */
export function testedDevice(): Device {
  const name = process.env['GRACE_DEVICE'] ?? 'cpu';
  if (isDeviceChoice(name) && name !== 'auto') return name;
  throw new Error(`GRACE_DEVICE names ${name}, which is no device.`);
}
