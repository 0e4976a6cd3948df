import { expect, inject, it } from 'vitest';

import { launchChromium } from '../support/chromium.ts';
import { measureStreaming } from './support/streaming.ts';

it('shows 200 tokens a second, and every one of them', async () => {
  const browser = await launchChromium(inject('chromium'));
  try {
    const { tokens, tokensPerSecond, streaming } = await measureStreaming(browser, 800, 200);
    expect(tokens).toBe(800);
    expect(tokensPerSecond).toBeGreaterThan(150);
    // How even frames are, only a quiet machine can tell (bench/streaming.ts); what they cost, any.
    expect(streaming.work.all).toBeLessThan(400);
  } finally {
    await browser.close();
  }
});
