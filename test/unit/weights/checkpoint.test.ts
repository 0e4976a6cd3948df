import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import { commonFolder, openCheckpoint } from '../../../src/engine/weights/checkpoint.ts';
import { codeOf, errorOf, float32, safetensors, temporaryFolder } from './safetensors-files.ts';

const { root } = temporaryFolder();
let made = 0;

function model(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = path.join(root, `model-${made++}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return folder;
}

const index = (map: unknown): string => JSON.stringify({ metadata: { total_size: 1 }, weight_map: map });
const one = safetensors({ a: float32([2], [1, 2]) });
const two = safetensors({ b: float32([1], [3]), extra: float32([1], [4]) });
const SHARDS = { 'x-1.safetensors': one, 'x-2.safetensors': two };
const INDEX = 'model.safetensors.index.json';

describe('openCheckpoint', () => {
  it('reads one file, whatever its name if it is the only one', () => {
    for (const name of ['model.safetensors', 'tiny.safetensors']) {
      const checkpoint = openCheckpoint(model({ [name]: one }));
      expect(checkpoint.readTensor(checkpoint.find('a')!)).toEqual(Float32Array.of(1, 2));
      expect(checkpoint.relativeFile(checkpoint.find('a')!)).toBe(name);
      expect(checkpoint.find('b')).toBeUndefined();
    }
  });

  it('reads shards as their index says', () => {
    const folder = model({ ...SHARDS, [INDEX]: index({ b: 'x-2.safetensors', a: 'x-1.safetensors' }) });
    const checkpoint = openCheckpoint(folder);
    expect([...checkpoint.tensors.keys()].sort()).toEqual(['a', 'b']);
    expect(checkpoint.readTensor(checkpoint.find('b')!)).toEqual(Float32Array.of(3));
  });

  it('follows the links of the Hugging Face cache', () => {
    const blobs = path.join(root, 'models--o--n', 'blobs');
    const snapshot = path.join(root, 'models--o--n', 'snapshots', 'abc');
    mkdirSync(blobs, { recursive: true });
    mkdirSync(snapshot, { recursive: true });
    writeFileSync(path.join(blobs, 'f00'), one);
    symlinkSync(path.join('..', '..', 'blobs', 'f00'), path.join(snapshot, 'model.safetensors'));
    const checkpoint = openCheckpoint(snapshot);
    expect(path.basename(checkpoint.folder)).toBe('blobs');
    expect(checkpoint.relativeFile(checkpoint.find('a')!)).toBe('f00');
    expect(checkpoint.find('a')!.file).toBe(path.join(checkpoint.folder, 'f00'));
  });

  it('finds the folder that files in several places share', () => {
    const elsewhere = model({ 'blob.safetensors': two });
    const folder = model({ 'x-1.safetensors': one, [INDEX]: index({ a: 'x-1.safetensors', b: 'x-2.safetensors' }) });
    symlinkSync(path.join(elsewhere, 'blob.safetensors'), path.join(folder, 'x-2.safetensors'));
    const checkpoint = openCheckpoint(folder);
    expect(path.basename(checkpoint.folder)).toBe(path.basename(root));
    expect(checkpoint.relativeFile(checkpoint.find('b')!)).toBe(`${path.basename(elsewhere)}/blob.safetensors`);
    expect(codeOf(() => commonFolder(['C:\\a\\x', 'D:\\a\\x'], path.win32))).toBe('model-unsupported');
  });

  it.each([
    ['nothing', {}, 'model-not-found'],
    ['a pickle', { 'pytorch_model.bin': '\x80' }, 'model-unsupported'],
    ['a checkpoint of Lightning', { 'last.ckpt': 'PK' }, 'model-unsupported'],
    ['GGUF', { 'm.gguf': 'GGUF' }, 'model-unsupported'],
    ['shards without an index', SHARDS, 'model-not-found'],
    ['a missing shard', { 'x-1.safetensors': one, [INDEX]: index({ b: 'x-2.safetensors' }) }, 'model-not-found'],
    ['a tensor missing in its shard', { ...SHARDS, [INDEX]: index({ b: 'x-1.safetensors' }) }, 'model-damaged'],
    ['an index without a map', { ...SHARDS, [INDEX]: '{}' }, 'model-damaged'],
    ['an empty map', { ...SHARDS, [INDEX]: index({}) }, 'model-damaged'],
    ['a path upward', { ...SHARDS, [INDEX]: index({ a: '../x-1.safetensors' }) }, 'model-damaged'],
    ['an absolute path', { ...SHARDS, [INDEX]: index({ a: '/etc/x.safetensors' }) }, 'model-damaged'],
    ['a drive', { ...SHARDS, [INDEX]: index({ a: 'C:x.safetensors' }) }, 'model-damaged'],
    ['a number for a file', { ...SHARDS, [INDEX]: index({ a: 1 }) }, 'model-damaged'],
    ['a tensor named twice', { ...SHARDS, [INDEX]: '{"weight_map":{"a":"x","a":"y"}}' }, 'model-damaged'],
    ['a zip archive by a wrong name', { 'model.safetensors': 'PK\x03\x04' + '\0'.repeat(40) }, 'model-damaged'],
  ])('refuses %s', (_, files, code) => {
    expect(codeOf(() => openCheckpoint(model(files)))).toBe(code);
  });

  it('refuses a link to a file that is gone, and a folder that is gone', () => {
    const folder = model({});
    symlinkSync('../blobs/gone', path.join(folder, 'model.safetensors'));
    expect(codeOf(() => openCheckpoint(folder))).toBe('model-not-found');
    expect(codeOf(() => openCheckpoint(path.join(root, 'gone')))).toBe('model-not-found');
  });

  it('answers any index with tensors or a CodedError', () => {
    const folder = model(SHARDS);
    const shard = fc.constantFrom('x-1.safetensors', 'x-2.safetensors', '', '.', '..', '__proto__');
    const map = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.oneof(shard, fc.jsonValue()));
    const text = fc.oneof(fc.json(), map.map(index));
    fc.assert(
      fc.property(text, (content) => {
        writeFileSync(path.join(folder, INDEX), content);
        try {
          expect(openCheckpoint(folder).tensors.size).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('readTensor', () => {
  it('widens every half precision number exactly', () => {
    const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
    const bytes = new Uint8Array(bits.buffer);
    const shape = [256, 256];
    const halves = { f: { dtype: 'F16', shape, bytes }, b: { dtype: 'BF16', shape, bytes } };
    const checkpoint = openCheckpoint(model({ 'model.safetensors': safetensors(halves) }));
    const f16 = checkpoint.readTensor(checkpoint.find('f')!);
    expect([f16[0x0001], f16[0x03ff], f16[0x0400], f16[0x3c01], f16[0x7bff]]).toEqual([
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      1 + 2 ** -10,
      65504,
    ]);
    expect([f16[0x8000], f16[0x7c00], f16[0xfc00], f16[0x7e00], f16[0xc000]]).toEqual([
      -0,
      Infinity,
      -Infinity,
      NaN,
      -2,
    ]);
    const bf16 = new Uint32Array(checkpoint.readTensor(checkpoint.find('b')!).buffer);
    expect(bf16.every((word, i) => word >>> 16 === i && (word & 0xffff) === 0)).toBe(true);
  });

  it('refuses other formats and a file that was cut off since it was opened', () => {
    const folder = model({
      'model.safetensors': safetensors({
        q: { dtype: 'I8', shape: [4], bytes: new Uint8Array(4) },
        z: float32([1], [1]),
      }),
    });
    const checkpoint = openCheckpoint(folder);
    const z = checkpoint.find('z')!;
    expect(codeOf(() => checkpoint.readTensor(checkpoint.find('q')!))).toBe('model-unsupported');
    truncateSync(z.file, z.offset + 2);
    expect(errorOf(() => checkpoint.readTensor(z)).code).toBe('model-damaged');
  });
});
