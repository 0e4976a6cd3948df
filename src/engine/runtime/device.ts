/** Where a graph runs: execution providers of ONNX Runtime by the names it gives them, and its build for WebAssembly. */
export const DEVICES = ['auto', 'cpu', 'webgpu', 'dml', 'coreml', 'cuda', 'wasm'] as const;
export type DeviceChoice = (typeof DEVICES)[number];
export type Device = Exclude<DeviceChoice, 'auto'>;

export function isDeviceChoice(name: string): name is DeviceChoice {
  return (DEVICES as readonly string[]).includes(name);
}
