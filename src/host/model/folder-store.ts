import path from 'node:path';

import type { FoundModel, ModelStore } from './found-model.ts';
import { modelsIn, namesIn } from './model-files.ts';

/** A folder of the person's own: models lie in it, or are it. */
export class FolderStore implements ModelStore {
  readonly name: string;

  constructor(folder: string) {
    this.name = folder;
  }

  async find(): Promise<readonly FoundModel[]> {
    const inner = await Promise.all(
      (await namesIn(this.name)).map((name) => modelsIn(path.join(this.name, name), name)),
    );
    return [...(await modelsIn(this.name, path.basename(this.name))), ...inner.flat()];
  }
}
