import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { reading } from './file-bytes.ts';
import { readJsonObject, type JsonObject } from './json-file.ts';

/** A folder in the layout of Hugging Face: what the model is, beside its weights and its tokenizer. */
export interface ModelFolder {
  /** The folder that holds config.json, absolute. */
  readonly folder: string;
  /** For people: `org/name` in the Hugging Face cache, elsewhere the folder's name. */
  readonly name: string;
  /** config.json. */
  readonly config: JsonObject;
  /** generation_config.json, where there is one. */
  readonly generationConfig: JsonObject | undefined;
}

const MAX_CONFIG_BYTES = 8 * 2 ** 20;
const MAX_REF_BYTES = 4096;

/**
 * Opens what a person names as a model: a folder with config.json, or a model's folder in the Hugging Face cache
 * (`models--org--name`), of which the revision `main` is taken, or else the newest one.
 *
 * @throws CodedError `model-not-found` when there is no such folder or no config.json in it; `model-damaged` when
 * config.json or generation_config.json is not a JSON object.
 */
export function openModelFolder(given: string): ModelFolder {
  const root = existingFolder(path.resolve(given));
  const folder = isCacheEntry(root) ? chooseSnapshot(root) : root;
  const config = path.join(folder, 'config.json');
  if (!existsSync(config)) throw noConfig(folder);
  const generation = path.join(folder, 'generation_config.json');
  return {
    folder,
    name: displayName(folder),
    config: readJsonObject(config, MAX_CONFIG_BYTES),
    generationConfig: existsSync(generation) ? readJsonObject(generation, MAX_CONFIG_BYTES) : undefined,
  };
}

/**
 * The GGUF file that a person names: the file itself, or the only one in a folder (or a folder of the Hugging Face cache) that has
 * no config.json; undefined for everything else.
 *
 * @throws CodedError `model-not-found` for a folder with several of them.
 */
export function findGguf(given: string): string | undefined {
  const root = path.resolve(given);
  const stats = reading(root, () => statSync(root, { throwIfNoEntry: false }));
  if (stats?.isDirectory() !== true) return stats && isGguf(root) ? root : undefined;
  const folder = isCacheEntry(root) ? chooseSnapshot(root) : root;
  if (existsSync(path.join(folder, 'config.json'))) return undefined;
  const files = reading(folder, () => readdirSync(folder).sort()).filter(isGguf);
  if (files.length < 2) return files[0] === undefined ? undefined : path.join(folder, files[0]);
  throw new CodedError(
    'model-not-found',
    `${folder} holds ${files.length} GGUF files.`,
    `Give one of them: ${files.slice(0, 10).join(', ')}.`,
    { folder, files },
  );
}

const isGguf = (file: string): boolean => /\.gguf$/i.test(file);

function existingFolder(given: string): string {
  const stats = reading(given, () => statSync(given, { throwIfNoEntry: false }));
  if (stats === undefined) {
    throw new CodedError(
      'model-not-found',
      `There is no folder ${given}.`,
      'Download the model (`hf download ORG/NAME --local-dir FOLDER`) and give that folder.',
      { path: given },
    );
  }
  if (!stats.isDirectory()) {
    throw new CodedError(
      'model-not-found',
      `${given} is a file, and a model is a folder.`,
      `Give the folder that the file lies in: ${path.dirname(given)}, or a file whose name ends in .gguf.`,
      { path: given },
    );
  }
  return given;
}

// The layout of the cache: https://huggingface.co/docs/huggingface_hub/guides/manage-cache.
function isCacheEntry(root: string): boolean {
  return path.basename(root).startsWith('models--') && existsSync(path.join(root, 'snapshots'));
}

function chooseSnapshot(root: string): string {
  const snapshots = path.join(root, 'snapshots');
  const revisions = reading(snapshots, () => readdirSync(snapshots));
  const main = readRef(path.join(root, 'refs', 'main'));
  if (main !== undefined && revisions.includes(main)) return path.join(snapshots, main);
  const age = (revision: string): number => statSync(path.join(snapshots, revision)).mtimeMs;
  const newest = revisions.sort((a, b) => age(b) - age(a) || (a < b ? -1 : 1))[0];
  if (newest === undefined) {
    throw new CodedError('model-not-found', `${snapshots} is empty.`, 'Download the model again.', { path: root });
  }
  return path.join(snapshots, newest);
}

function readRef(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  const readable = stats?.isFile() === true && stats.size <= MAX_REF_BYTES;
  return readable ? readFileSync(file, 'utf8').trim() : undefined;
}

function displayName(folder: string): string {
  const repository = path.basename(path.resolve(folder, '..', '..'));
  const cached = /^models--(.+)$/.exec(repository)?.[1];
  return cached === undefined ? path.basename(folder) : cached.replaceAll('--', '/');
}

function noConfig(folder: string): CodedError {
  const adapter = existsSync(path.join(folder, 'adapter_config.json'));
  return new CodedError(
    'model-not-found',
    `${folder} has no config.json${adapter ? '; it holds an adapter, not a whole model' : ''}.`,
    adapter
      ? 'Merge the adapter into its base model (merge_and_unload in Python) and give that folder.'
      : 'Give the folder of a model in the layout of Hugging Face: config.json, tokenizer.json, model.safetensors.',
    { path: folder },
  );
}
