import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { decodeTensors, encodeTensors, type StoredTensor } from '../support/tensor-file.ts';

export type JsonObject = Record<string, unknown>;

/** A copy of a model that may be damaged. */
export class DamagedModel {
  readonly folder: string;

  /** @param place a temporary folder */
  constructor(model: string, place: string) {
    this.folder = mkdtempSync(path.join(place, 'model-'));
    cpSync(model, this.folder, { recursive: true });
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

  /** Changes the tensors and writes them, into another file if one is named. */
  tensors(change: (tensors: Map<string, StoredTensor>) => void, name = 'model.safetensors'): void {
    const tensors = decodeTensors(this.weights);
    change(tensors);
    this.write(name, encodeTensors(tensors));
  }
}
