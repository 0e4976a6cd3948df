import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/engine/weights/checkpoint.ts';
import { fingerprint } from '../../../src/engine/weights/fingerprint.ts';
import { float32, safetensors, temporaryFolder, withHeader, type Tensor } from './safetensors-files.ts';

const { root } = temporaryFolder();
const a = float32([2], [1, 2]);
const b = float32([3], [3, 4, 5]);
let made = 0;

function fingerprintOf(...shards: readonly Readonly<Record<string, Tensor>>[]): string {
  const folder = path.join(root, `model-${made++}`);
  mkdirSync(folder);
  const map: Record<string, string> = {};
  shards.forEach((tensors, i) => {
    writeFileSync(path.join(folder, `${i}.safetensors`), safetensors(tensors));
    for (const name of Object.keys(tensors)) map[name] = `${i}.safetensors`;
  });
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
  return fingerprint(openCheckpoint(folder));
}

describe('fingerprint', () => {
  it('is the same for the same tensors in another order or in shards', () => {
    const whole = fingerprintOf({ a, b });
    expect(whole).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprintOf({ b, a })).toBe(whole);
    expect(fingerprintOf({ b }, { a })).toBe(whole);
  });

  it('differs by any byte, name, type or shape', () => {
    const prints = [
      fingerprintOf({ a, b }),
      fingerprintOf({ a, b: float32([3], [3, 4, 5.000001]) }),
      fingerprintOf({ a, c: b }),
      fingerprintOf({ a: b, b: a }),
      fingerprintOf({ a: { ...a, shape: [1, 2] }, b }),
      fingerprintOf({ a: { ...a, dtype: 'I32' }, b }),
    ];
    expect(new Set(prints).size).toBe(prints.length);
  });

  it('samples large checkpoints', () => {
    const length = 96 * 2 ** 20;
    const folder = path.join(root, 'large');
    mkdirSync(folder);
    const file = path.join(folder, 'model.safetensors');
    const head = withHeader(`{"w":{"dtype":"U8","shape":[${length}],"data_offsets":[0,${length}]}}`);
    writeFileSync(file, head);
    const poke = (at: number): string => {
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, Uint8Array.of(1), 0, 1, head.length + at);
      closeSync(descriptor);
      return fingerprint(openCheckpoint(folder));
    };
    const prints = [length - 1, length / 2, 0].map(poke);
    expect(new Set(prints).size).toBe(3);
    expect(poke(length / 4)).toBe(prints[2]);
  });
});
