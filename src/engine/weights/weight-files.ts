import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { reading } from './file-bytes.ts';
import { isJsonObject, readJsonObject } from './json-file.ts';

/** The files that hold a model's weights, and for a model in shards, which file has which tensor. */
export interface WeightFiles {
  readonly files: readonly string[];
  /** Tensor name to file; undefined when there is one file, which then says itself what it holds. */
  readonly shardOf: ReadonlyMap<string, string> | undefined;
}

const WHOLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
// As for the header of a weights file: both grow with the number of tensors.
const MAX_INDEX_BYTES = 100_000_000;
const PICKLE = /\.(bin|pt|pth|ckpt)$/;

/**
 * Finds the weights in a model's folder: `model.safetensors`, or what `model.safetensors.index.json` names, or the only
 * `*.safetensors` there is.
 *
 * @throws CodedError `model-not-found` when there are none or a shard is missing; `model-unsupported` for pickle and
 * GGUF; `model-damaged` for an index that is not one.
 */
export function findWeightFiles(folder: string): WeightFiles {
  const names = reading(folder, () => readdirSync(folder).sort());
  if (names.includes(WHOLE)) return single(folder, WHOLE);
  if (names.includes(INDEX)) return sharded(folder);
  const others = names.filter((name) => name.endsWith('.safetensors'));
  if (others.length === 1) return single(folder, others[0]!);
  throw others.length > 1 ? severalWithoutIndex(folder, others) : noSafetensors(folder, names);
}

function single(folder: string, name: string): WeightFiles {
  return { files: [join(folder, name)], shardOf: undefined };
}

function sharded(folder: string): WeightFiles {
  const path = join(folder, INDEX);
  const { weight_map: map } = readJsonObject(path, MAX_INDEX_BYTES, { uniqueNames: true });
  if (!isJsonObject(map) || Object.keys(map).length === 0) {
    throw new CodedError('model-damaged', `${INDEX} has no weight_map.`, 'Download the file again.', { path });
  }
  const shardOf = new Map(Object.entries(map).map(([tensor, shard]) => [tensor, shardPath(folder, shard)]));
  const files = [...new Set(shardOf.values())];
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) {
    throw new CodedError(
      'model-not-found',
      `${missing.length} of the model's ${files.length} weight files are missing.`,
      `Download them too; the first one is ${missing[0]!}.`,
      { missing },
    );
  }
  return { files, shardOf };
}

function shardPath(folder: string, shard: unknown): string {
  if (typeof shard !== 'string' || !/^[^/\\:\0]+\.safetensors$/.test(shard)) {
    throw new CodedError(
      'model-damaged',
      `${INDEX} names ${JSON.stringify(shard).slice(0, 100)}, which is not a safetensors file in the model's folder.`,
      'Download the file again from where the model came from.',
      { path: join(folder, INDEX) },
    );
  }
  return join(folder, shard);
}

function severalWithoutIndex(folder: string, names: readonly string[]): CodedError {
  return new CodedError(
    'model-not-found',
    `${folder} holds ${names.length} safetensors files, but no ${INDEX} that says what is in them.`,
    `Download ${INDEX} too.`,
    { folder, files: names },
  );
}

function noSafetensors(folder: string, names: readonly string[]): CodedError {
  const pickle = names.find((name) => PICKLE.test(name));
  if (pickle !== undefined) {
    return new CodedError(
      'model-unsupported',
      `The weights are in ${pickle}, a Python pickle, which can run code when it is opened and is not read here.`,
      'Convert the model to safetensors: load it in Python and call save_pretrained(safe_serialization=True).',
      { folder, file: pickle },
    );
  }
  const gguf = names.find((name) => name.endsWith('.gguf'));
  if (gguf !== undefined) {
    return new CodedError(
      'model-unsupported',
      `The weights beside config.json are in ${gguf}, a GGUF file, which holds a whole model.`,
      `Give the file itself: ${join(folder, gguf)}.`,
      { folder, file: gguf },
    );
  }
  return new CodedError('model-not-found', `${folder} holds no weights.`, `Download ${WHOLE} into it.`, { folder });
}
