import path from 'node:path';
import { describe, it } from 'vitest';

import { ARCHITECTURES } from '../../src/engine/models/families.ts';
import { testedDevice } from '../support/devices.ts';
import { fixtureFolders, readJson } from '../support/fixtures.ts';
import { testModel } from '../support/model-parity.ts';

for (const folder of fixtureFolders('expected.json')) {
  const config = readJson(path.join(folder, 'config.json')) as { readonly architectures: readonly string[] };
  if (config.architectures.some((name) => ARCHITECTURES.includes(name))) {
    testModel(folder, testedDevice());
    continue;
  }
  describe.skip(`${folder}: ${config.architectures.join()} is missing: no family computes it yet`, () => {
    it('is not computed', () => undefined);
  });
}
