import { listSupportedBackends } from 'onnxruntime-node';

import { CodedError } from '../../protocol/coded-error.ts';

/** What ONNX Runtime calls an execution provider, by the name people use; `auto` takes the best one that is there. */
export const DEVICES = ['auto', 'cpu', 'webgpu', 'dml', 'coreml', 'cuda'] as const;
export type DeviceChoice = (typeof DEVICES)[number];
export type Device = Exclude<DeviceChoice, 'auto'>;

export function isDeviceChoice(name: string): name is DeviceChoice {
  return (DEVICES as readonly string[]).includes(name);
}

/** The providers that the installed package was built with; a provider may still fail to start on this machine. */
export function packagedDevices(): readonly Device[] {
  const names = listSupportedBackends().map(({ name }) => name);
  return names.filter((name): name is Device => name !== 'auto' && isDeviceChoice(name));
}

/**
 * The device to run on. `auto` is the CPU: it gives the same numbers on every machine, and the other providers are taken only
 * when they are asked for.
 */
export function chooseDevice(choice: DeviceChoice): Device {
  if (choice === 'auto' || choice === 'cpu') return 'cpu';
  const packaged = packagedDevices();
  if (packaged.includes(choice)) return choice;
  throw new CodedError(
    'device-unavailable',
    `The ONNX Runtime package for this platform has no ${choice} provider.`,
    `Choose one of: ${['auto', ...packaged].join(', ')}.`,
    { device: choice, available: packaged },
  );
}
