import { testedDevice } from '../support/devices.ts';
import { fixtureFolders } from '../support/fixtures.ts';
import { testModel } from '../support/model-parity.ts';

for (const folder of fixtureFolders('expected.json')) testModel(folder, testedDevice());
