import { Tensor as OrtTensor } from 'onnxruntime-node';

/** A tensor on the host, as it goes into and comes out of a session. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array | Uint8Array;
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
export function toOrt({ data, dims }: Tensor): OrtTensor {
  if (data instanceof Float32Array) return new OrtTensor('float32', data, dims);
  if (data instanceof BigInt64Array) return new OrtTensor('int64', data, dims);
  return new OrtTensor('bool', data, dims);
}

export function fromOrt(tensor: OrtTensor): Tensor {
  const { data, dims } = tensor;
  if (data instanceof Float32Array || data instanceof BigInt64Array || data instanceof Uint8Array)
    return { data, dims };
  throw new Error(`ONNX Runtime returned a tensor of ${tensor.type}.`);
}
