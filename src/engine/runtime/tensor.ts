import type { Tensor as OrtTensor } from 'onnxruntime-node';

import type { Ort } from './ort.ts';

/** A tensor as it goes into and comes out of a session. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array | Uint8Array | DeviceBuffer;
}

/** Numbers that stay on the device: sessions on it read them. Reading them here would end the process, so nothing can. */
export class DeviceBuffer {
  readonly #tensor: OrtTensor;

  constructor(tensor: OrtTensor) {
    this.#tensor = tensor;
  }

  /** ONNX Runtime's own tensor; for sessions alone. */
  get tensor(): OrtTensor {
    return this.#tensor;
  }

  /** Frees the memory on the device. */
  dispose(): void {
    this.#tensor.dispose();
  }
}

/** Frees what a tensor holds on the device; nothing where it is in this process. */
export function free({ data }: Tensor): void {
  if (data instanceof DeviceBuffer) data.dispose();
}

export const floats = (data: Float32Array, dims: readonly number[] = [data.length]): Tensor => ({ data, dims });

export const ints = (values: readonly number[], dims: readonly number[] = [values.length]): Tensor => ({
  data: BigInt64Array.from(values, BigInt),
  dims,
});

export const bools = (values: readonly boolean[], dims: readonly number[] = [values.length]): Tensor => ({
  data: Uint8Array.from(values, Number),
  dims,
});

/** The numbers of a float32 result. */
export function floatData(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error('A float32 result was expected.');
}

/** ONNX Runtime's own tensor over the same memory. */
export function toOrt(ort: Ort, { data, dims }: Tensor): OrtTensor {
  if (data instanceof DeviceBuffer) return data.tensor;
  if (data instanceof Float32Array) return new ort.Tensor('float32', data, dims);
  if (data instanceof BigInt64Array) return new ort.Tensor('int64', data, dims);
  return new ort.Tensor('bool', data, dims);
}

export function fromOrt(tensor: OrtTensor): Tensor {
  const { dims } = tensor;
  if (tensor.location === 'gpu-buffer') return { dims, data: new DeviceBuffer(tensor) };
  const { data } = tensor;
  if (data instanceof Float32Array || data instanceof BigInt64Array || data instanceof Uint8Array)
    return { data, dims };
  throw new Error(`ONNX Runtime returned a tensor of ${tensor.type}.`);
}
