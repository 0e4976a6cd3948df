import { readFile } from 'node:fs/promises';
import path from 'node:path';

import * as z from 'zod/mini';

import type { FoundModel, ModelStore } from './found-model.ts';
import { modelInFile, namesIn, sizeOf } from './model-files.ts';

const MODEL_LAYER = 'application/vnd.ollama.image.model';
const LARGEST_MANIFEST = 2 ** 20;

const manifestSchema = z.object({
  layers: z.array(z.object({ mediaType: z.string(), digest: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)) })),
});

/**
 * Ollama's store: `manifests/REGISTRY/NAMESPACE/MODEL/TAG` names the GGUF file among `blobs/sha256-…`.
 *
 * @see https://github.com/ollama/ollama/blob/main/docs/faq.md#where-are-models-stored
 */
export class OllamaStore implements ModelStore {
  readonly name = 'Ollama';
  readonly #folders: readonly string[];

  constructor(environment: Readonly<Record<string, string | undefined>>, home: string) {
    const set = environment['OLLAMA_MODELS'];
    // The Linux service keeps them in its own user's home.
    this.#folders = set
      ? [set]
      : [path.join(home, '.ollama', 'models'), path.join('/usr', 'share', 'ollama', '.ollama', 'models')];
  }

  async find(): Promise<readonly FoundModel[]> {
    const found = await Promise.all(this.#folders.map((folder) => modelsInStore(folder)));
    return found.flat();
  }
}

async function modelsInStore(folder: string): Promise<readonly FoundModel[]> {
  const found: FoundModel[] = [];
  for await (const [manifest, name] of manifests(path.join(folder, 'manifests'))) {
    const digest = await modelDigest(manifest);
    const model = digest && (await modelInFile(path.join(folder, 'blobs', digest.replace(':', '-')), name));
    if (model) found.push(model);
  }
  return found;
}

/** Each manifest file with the name that Ollama shows: `llama3.2:1b`, `someone/model:tag`. */
async function* manifests(root: string): AsyncGenerator<readonly [string, string]> {
  for (const registry of await namesIn(root)) {
    for (const namespace of await namesIn(path.join(root, registry))) {
      for (const model of await namesIn(path.join(root, registry, namespace))) {
        for (const tag of await namesIn(path.join(root, registry, namespace, model))) {
          const name = namespace === 'library' ? model : `${namespace}/${model}`;
          yield [path.join(root, registry, namespace, model, tag), `${name}:${tag}`];
        }
      }
    }
  }
}

async function modelDigest(file: string): Promise<string | undefined> {
  if (((await sizeOf(file)) ?? Infinity) > LARGEST_MANIFEST) return undefined;
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    const { layers } = manifestSchema.parse(JSON.parse(text));
    return layers.find(({ mediaType }) => mediaType === MODEL_LAYER)?.digest;
  } catch {
    // Another version's manifest, or not one at all: Ollama can have models that we do not see.
    return undefined;
  }
}
