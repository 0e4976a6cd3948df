import path from 'node:path';

import type { FoundModel, ModelStore } from './found-model.ts';
import { modelsIn, namesIn } from './model-files.ts';

/**
 * LM Studio's folder: `PUBLISHER/MODEL/` with GGUF files, or with a model in safetensors.
 *
 * @see https://lmstudio.ai/docs/app/basics/import-model
 */
export class LmStudioStore implements ModelStore {
  readonly name = 'LM Studio';
  readonly #folders: readonly string[];

  constructor(home: string) {
    // Versions before 0.3 kept models in the cache folder.
    this.#folders = [path.join(home, '.lmstudio', 'models'), path.join(home, '.cache', 'lm-studio', 'models')];
  }

  async find(): Promise<readonly FoundModel[]> {
    const found = await Promise.all(this.#folders.map((folder) => modelsByPublisher(folder)));
    return found.flat();
  }
}

/** Models in `folder/PUBLISHER/MODEL`. */
async function modelsByPublisher(folder: string): Promise<readonly FoundModel[]> {
  const found: FoundModel[] = [];
  for (const publisher of await namesIn(folder)) {
    for (const model of await namesIn(path.join(folder, publisher))) {
      found.push(...(await modelsIn(path.join(folder, publisher, model), `${publisher}/${model}`)));
    }
  }
  return found;
}
