import { readFile } from 'node:fs/promises';
import path from 'node:path';

import type { FoundModel, ModelStore } from './found-model.ts';
import { modelsIn, namesIn } from './model-files.ts';

const PREFIX = 'models--';

/**
 * The cache of huggingface_hub: `models--ORGANISATION--NAME/snapshots/REVISION`, whose files are links into `blobs`. Of several
 * revisions the one that `refs/main` names counts.
 *
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export class HuggingFaceStore implements ModelStore {
  readonly name = 'Hugging Face';
  readonly #folder: string;

  constructor(environment: Readonly<Record<string, string | undefined>>, home: string) {
    const cache = environment['XDG_CACHE_HOME'] ?? path.join(home, '.cache');
    const root = environment['HF_HOME'] ?? path.join(cache, 'huggingface');
    this.#folder = environment['HF_HUB_CACHE'] ?? environment['HUGGINGFACE_HUB_CACHE'] ?? path.join(root, 'hub');
  }

  async find(): Promise<readonly FoundModel[]> {
    const repositories = (await namesIn(this.#folder)).filter((name) => name.startsWith(PREFIX));
    const found = await Promise.all(repositories.map((repository) => this.#inRepository(repository)));
    return found.flat();
  }

  async #inRepository(repository: string): Promise<readonly FoundModel[]> {
    const folder = path.join(this.#folder, repository);
    const name = repository.slice(PREFIX.length).replaceAll('--', '/');
    const snapshot = await newestSnapshot(folder);
    return snapshot === null ? [] : modelsIn(snapshot, name);
  }
}

async function newestSnapshot(repository: string): Promise<string | null> {
  const revisions = await namesIn(path.join(repository, 'snapshots'));
  const main = await readFile(path.join(repository, 'refs', 'main'), 'utf8').catch(() => '');
  const revision = revisions.includes(main.trim()) ? main.trim() : revisions.at(-1);
  return revision === undefined ? null : path.join(repository, 'snapshots', revision);
}
