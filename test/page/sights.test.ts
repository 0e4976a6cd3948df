import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';

import { launchChromium } from '../support/chromium.ts';
import { violations } from './support/axe.ts';
import { BenchPage } from './support/bench-page.ts';
import { SIGHTS } from './support/bench-states.ts';
import { KIND_SIGHTS } from './support/kind-states.ts';
import { ROUTER_SIGHTS } from './support/router-states.ts';
import { THEMES } from './support/themes.ts';

const PICTURES = path.resolve(import.meta.dirname, '../../test-results/screenshots/page');

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium(inject('chromium'));
  mkdirSync(PICTURES, { recursive: true });
});

afterAll(() => browser.close());

describe('the Edit Bench in a browser', () => {
  // Several at a time: half of the time a page waits for itself.
  it.concurrent.for([...SIGHTS, ...KIND_SIGHTS, ...ROUTER_SIGHTS])(
    '$name: axe finds nothing in any theme, and nothing is refused',
    async ({ name, options, reach }, { expect }) => {
      const bench = await BenchPage.open(browser, options?.());
      try {
        await reach?.(bench);
        // Before axe, which has styles of its own that the page's policy refuses.
        expect(bench.complaints).toEqual([]);
        for (const theme of THEMES) {
          await bench.wear(theme);
          await bench.page.screenshot({ path: path.join(PICTURES, `${name}-${theme.name}.png`) });
          const isFirst = theme === THEMES[0];
          expect(await violations(bench.page, isFirst ? undefined : ['color-contrast']), theme.name).toEqual([]);
        }
      } finally {
        await bench.close();
      }
    },
  );
});
