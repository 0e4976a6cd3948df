import { readFileSync } from 'node:fs';

export type OpenTensors = (name: string) => Float32Array;

/** Reads float32 tensors of a safetensors file, on purpose without the engine's own reader. */
export function openFile(file: string): OpenTensors {
  const bytes = readFileSync(file);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  return (name) => {
    const entry = header[name];
    if (!entry) throw new Error(`${file} has no tensor ${name}.`);
    const [start, end] = entry.data_offsets;
    return new Float32Array(Uint8Array.from(bytes.subarray(8 + headerLength + start, 8 + headerLength + end)).buffer);
  };
}
