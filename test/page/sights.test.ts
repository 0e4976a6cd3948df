import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { launchChromium } from '../support/chromium.ts';
import { violations } from './support/axe.ts';
import { BenchPage } from './support/bench-page.ts';
import { SIGHTS } from './support/bench-states.ts';
import { THEMES } from './support/themes.ts';

const PICTURES = path.resolve(import.meta.dirname, '../../test-results/screenshots/page');

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium(inject('chromium'));
  mkdirSync(PICTURES, { recursive: true });
});

afterAll(() => browser.close());

describe.each(THEMES)('in the theme $name', (theme) => {
  it.each(SIGHTS)('$name: axe finds nothing, and nothing is refused', async ({ name, options, reach }) => {
    const bench = await BenchPage.open(browser, { ...options?.(), theme });
    try {
      await reach?.(bench);
      await bench.page.screenshot({ path: path.join(PICTURES, `${name}-${theme.name}.png`) });
      expect(await violations(bench.page)).toEqual([]);
      expect(bench.complaints).toEqual([]);
    } finally {
      await bench.close();
    }
  });
});
