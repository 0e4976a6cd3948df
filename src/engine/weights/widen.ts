import type { FloatDtype } from './safetensors.ts';

let halves: Float32Array | undefined;

/**
 * Little-endian numbers of a weights file as float32; every F16 and BF16 value, subnormals included, has an exact one.
 *
 * Machines that Node runs on are little-endian, so that F32 needs no conversion. `bytes` must start its own buffer.
 */
export function widen(bytes: Uint8Array<ArrayBuffer>, dtype: FloatDtype): Float32Array<ArrayBuffer> {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'BF16':
      return fromBfloats(new Uint16Array(bytes.buffer));
    case 'F16':
      return fromHalves(new Uint16Array(bytes.buffer));
  }
}

// A bfloat16 is the upper half of a float32.
function fromBfloats(source: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(source.length);
  for (let i = 0; i < source.length; i++) bits[i] = source[i]! << 16;
  return new Float32Array(bits.buffer);
}

function fromHalves(source: Uint16Array): Float32Array<ArrayBuffer> {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToFloat(bits));
  const values = new Float32Array(source.length);
  for (let i = 0; i < source.length; i++) values[i] = halves[source[i]!]!;
  return values;
}

// IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits.
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
