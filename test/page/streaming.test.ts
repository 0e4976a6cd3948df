import { expect, inject, it } from 'vitest';

import { launchChromium } from '../support/chromium.ts';
import { measureStreaming } from './support/streaming.ts';

it('shows 200 tokens a second, and every one of them', async () => {
  const browser = await launchChromium(inject('chromium'));
  try {
    const { tokens, tokensPerSecond, streaming } = await measureStreaming(browser, 800, 200);
    expect(tokens).toBe(800);
    expect(tokensPerSecond).toBeGreaterThan(185);
    // The page's own work never holds a frame up; how even frames are on a quiet machine, bench/streaming.ts tells.
    expect(streaming.longTasks).toBe(0);
  } finally {
    await browser.close();
  }
});
