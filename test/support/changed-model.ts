import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** How the files of a model differ from those of another one. */
export interface ModelChanges {
  /** Keys of config.json; undefined takes one out. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Another name for a tensor; undefined leaves it out. */
  readonly rename?: (name: string) => string | undefined;
  /** Tensors of zeros, by name. */
  readonly added?: Readonly<Record<string, readonly number[]>>;
}

type Header = Readonly<Record<string, { readonly data_offsets?: readonly [number, number] }>>;

/** A copy of a model's folder with changed files, in a temporary folder that the caller removes. */
export function changedModel(folder: string, { config = {}, rename, added = {} }: ModelChanges): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'grace-changed-model-'));
  cpSync(folder, copy, { recursive: true });
  const configFile = path.join(copy, 'config.json');
  const settings = JSON.parse(readFileSync(configFile, 'utf8')) as object;
  writeFileSync(configFile, JSON.stringify({ ...settings, ...config }));
  const weights = path.join(copy, 'model.safetensors');
  writeFileSync(weights, changedTensors(readFileSync(weights), rename ?? ((name) => name), added));
  return copy;
}

function changedTensors(
  file: Buffer,
  rename: (name: string) => string | undefined,
  added: Readonly<Record<string, readonly number[]>>,
): Buffer {
  const begin = 8 + Number(file.readBigUInt64LE(0));
  const before = JSON.parse(file.toString('utf8', 8, begin)) as Header;
  const header: Record<string, object> = {};
  const parts: Buffer[] = [];
  let end = 0;
  const add = (name: string, entry: object, data: Buffer): void => {
    header[name] = { ...entry, data_offsets: [end, end + data.length] };
    parts.push(data);
    end += data.length;
  };
  for (const [name, entry] of Object.entries(before)) {
    const renamed = entry.data_offsets && rename(name);
    if (renamed === undefined) continue;
    const [from, to] = entry.data_offsets!;
    add(renamed, entry, file.subarray(begin + from, begin + to));
  }
  for (const [name, shape] of Object.entries(added)) {
    const count = shape.reduce((product, size) => product * size, 1);
    add(name, { dtype: 'F32', shape }, Buffer.alloc(4 * count));
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}
