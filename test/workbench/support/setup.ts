import type { TestProject } from 'vitest/node';

import { provideEquipment, type Equipment } from './equipment.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly equipment: Equipment;
  }
}

/** Once for all tests of the project: VS Code, a browser, and the package of the extension. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('equipment', await provideEquipment());
}
