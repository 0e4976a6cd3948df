import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A copy of a fixture model that may be damaged. */
export class DamagedModel {
  readonly folder: string;

  /** @param place a temporary folder */
  constructor(fixture: string, place: string) {
    this.folder = mkdtempSync(path.join(place, 'model-'));
    cpSync(fixture, this.folder, { recursive: true, filter: (file) => !path.basename(file).startsWith('expected') });
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  write(name: string, content: string | Uint8Array): void {
    writeFileSync(this.file(name), content);
  }

  /** Changes a JSON file; a member set to undefined goes. */
  edit(name: string, change: (json: JsonObject) => void): void {
    const json = JSON.parse(readFileSync(this.file(name), 'utf8')) as JsonObject;
    change(json);
    this.write(name, JSON.stringify(json));
  }

  config(changes: JsonObject): void {
    this.edit('config.json', (json) => Object.assign(json, changes));
  }

  get weights(): Buffer {
    return readFileSync(this.file('model.safetensors'));
  }

  /** Changes the tensors and writes them anew. */
  tensors(change: (tensors: Map<string, StoredTensor>) => void, name = 'model.safetensors'): void {
    const bytes = this.weights;
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, HeaderEntry>;
    const data = bytes.subarray(8 + length);
    const tensors = new Map(
      Object.entries(header)
        .filter(([tensor]) => tensor !== '__metadata__')
        .map(
          ([
            tensor,
            {
              dtype,
              shape,
              data_offsets: [from, to],
            },
          ]) => [tensor, { dtype, shape, bytes: data.subarray(from, to) }],
        ),
    );
    change(tensors);
    this.write(name, encode(tensors));
  }
}

export type JsonObject = Record<string, unknown>;

export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

function encode(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  let at = 0;
  const header = [...tensors].map(([name, { dtype, shape, bytes }]) => {
    const entry = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
    return [name, entry] as const;
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...[...tensors.values()].map(({ bytes }) => bytes)]);
}
