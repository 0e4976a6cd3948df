import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeVectors, readVectors, writeVectors, type EditVectors } from '../../../src/engine/grace/vectors.ts';
import { openFile } from '../../support/safetensors-file.ts';
import { codeOf, errorOf, temporaryFolder } from './samples.ts';

const VECTORS: EditVectors = {
  keys: [Float32Array.of(0.1, -0), Float32Array.of(1e-45, 3.4e38)],
  value: Float32Array.of(1, 2, 3),
};
const SHAPE = { keys: 2, dIn: 2, dOut: 3, rows: 2 };

describe('vector files', () => {
  it('come back bit for bit, under the name of their content', () => {
    const folder = temporaryFolder();
    const name = writeVectors(folder, VECTORS, 3);
    expect(readVectors(folder, name, SHAPE)).toEqual(VECTORS);
    const bytes = readFileSync(path.join(folder, name));
    expect(name).toBe(`${createHash('sha256').update(bytes).digest('hex')}.safetensors`);
    expect(writeVectors(folder, VECTORS, 3)).toBe(name);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('are plain safetensors', () => {
    const folder = temporaryFolder();
    const tensor = openFile(path.join(folder, writeVectors(folder, VECTORS, 3)));
    expect([tensor('key.0'), tensor('key.1'), tensor('value')]).toEqual([...VECTORS.keys, VECTORS.value]);
  });

  it('hold a track as the rows of its value, no more than its target has tokens', () => {
    const folder = temporaryFolder();
    const track = { ...VECTORS, value: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const name = writeVectors(folder, track, 3);
    expect(readVectors(folder, name, SHAPE)).toEqual(track);
    expect(codeOf(() => readVectors(folder, name, { ...SHAPE, rows: 1 }))).toBe('vector-damaged');
  });

  it('are noticed when a single bit has changed, and mended by writing them again', () => {
    const folder = temporaryFolder();
    const name = writeVectors(folder, VECTORS, 3);
    const file = path.join(folder, name);
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at += 7) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      writeFileSync(file, changed);
      expect(codeOf(() => readVectors(folder, name, SHAPE))).toBe('vector-damaged');
    }
    writeFileSync(file, whole.subarray(0, -1));
    expect(codeOf(() => readVectors(folder, name, SHAPE))).toBe('vector-damaged');
    writeVectors(folder, VECTORS, 3);
    expect(readVectors(folder, name, SHAPE)).toEqual(VECTORS);
  });

  it('are refused when they are missing, a folder, too large, of other shapes, or not finite', () => {
    const folder = temporaryFolder();
    const name = writeVectors(folder, VECTORS, 3);
    for (const shape of [
      { ...SHAPE, keys: 1 },
      { ...SHAPE, keys: 3 },
      { ...SHAPE, dIn: 1 },
      { ...SHAPE, dOut: 4 },
    ]) {
      expect(codeOf(() => readVectors(folder, name, shape))).toBe('vector-damaged');
    }
    const infinite = writeVectors(folder, { ...VECTORS, value: Float32Array.of(1, Infinity, 3) }, 3);
    expect(errorOf(() => readVectors(folder, infinite, SHAPE)).message).toContain('finite');
    writeFileSync(path.join(folder, name), Buffer.alloc(3 * 2 ** 20));
    expect(errorOf(() => readVectors(folder, name, SHAPE)).message).toContain('larger');
    rmSync(path.join(folder, name));
    expect(codeOf(() => readVectors(folder, name, SHAPE))).toBe('vector-damaged');
    mkdirSync(path.join(folder, name));
    expect(codeOf(() => readVectors(folder, name, SHAPE))).toBe('vector-damaged');
  });

  it('hold a track as long as the target, and none that is longer', () => {
    const folder = temporaryFolder();
    const track = { ...VECTORS, value: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const name = writeVectors(folder, track, 3);
    expect(readVectors(folder, name, SHAPE)).toEqual(track);
    expect(codeOf(() => readVectors(folder, name, { ...SHAPE, rows: 1 }))).toBe('vector-damaged');
  });

  it('have one content for one edit', () => {
    expect(encodeVectors(VECTORS, 3)).toEqual(encodeVectors({ ...VECTORS, keys: [...VECTORS.keys] }, 3));
    expect(encodeVectors(VECTORS, 3).name).not.toBe(
      encodeVectors({ ...VECTORS, keys: [...VECTORS.keys].reverse() }, 3).name,
    );
  });
});
