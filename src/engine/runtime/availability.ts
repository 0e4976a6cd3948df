import { readdirSync } from 'node:fs';
import process from 'node:process';

import { DEVICES, type Device, type DeviceChoice } from './device.ts';
import { binaryFolder, nativeFailure, packagedProviders, wasmFailure } from './ort.ts';

/** Devices that there is anything to say of: all but `auto`. */
export const ALL_DEVICES: readonly Device[] = DEVICES.filter((name): name is Device => name !== 'auto');

/** The device that always computes: the CPU, or WebAssembly where the native package has no binary. */
export const baseDevice = (): Device => (nativeFailure() === null ? 'cpu' : 'wasm');

/** Devices whose files are there; one of them may still not start on this machine. */
export const installedDevices = (): readonly Device[] => ALL_DEVICES.filter((device) => whyMissing(device) === null);

/** `auto` is the device that always computes (docs/decisions/0011-auto-is-the-cpu.md). */
export const deviceFor = (choice: DeviceChoice): Device => (choice === 'auto' ? baseDevice() : choice);

/** Why a device's files are not there, in one sentence; null where they are. */
export function whyMissing(device: Device): string | null {
  if (device === 'wasm') return because(wasmFailure());
  const failure = nativeFailure();
  if (failure !== null || device === 'cpu') return because(failure);
  const provider = packagedProviders().find(({ name }) => name === device);
  if (!provider) return `ONNX Runtime for ${process.platform}-${process.arch} has no ${device} provider.`;
  if (provider.bundled || readdirSync(binaryFolder()).some((file) => file.includes(`providers_${device}`))) return null;
  const missing = `ONNX Runtime was installed without its ${device} provider`;
  return device === 'cuda' ? `${missing}; grace cuda download brings it.` : `${missing}.`;
}

const because = (failure: string | null): string | null =>
  failure === null ? null : `ONNX Runtime could not be loaded: ${failure}.`;
