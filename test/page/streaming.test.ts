import { expect, inject, it } from 'vitest';

import { launchChromium } from '../support/chromium.ts';
import { measureStreaming } from './support/streaming.ts';

it('shows every token of a stream of 200 a second', async () => {
  const browser = await launchChromium(inject('chromium'));
  try {
    // How fast and how even, only a quiet machine can tell (bench/streaming.ts).
    const { tokens, streaming } = await measureStreaming(browser, 800, 200);
    expect(tokens).toBe(800);
    expect(streaming.frames).toBeGreaterThan(1);
  } finally {
    await browser.close();
  }
});
