import type { TestProject } from 'vitest/node';

import { provideChromium } from '../support/chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Chromium's program, for `launchChromium`. */
    readonly chromium: string;
  }
}

/** Once for all tests of the project: a browser. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('chromium', await provideChromium());
}
