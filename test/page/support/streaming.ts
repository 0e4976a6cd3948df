import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';

import { END_TOKEN, FakeSession, tokensOf } from '../../support/bench-session.ts';
import { BenchPage } from './bench-page.ts';
import { measureFrames, type FrameFigures } from './frame-meter.ts';

export interface StreamingFigures {
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly streaming: FrameFigures;
  /** The same page for two seconds while nothing happens: what the machine does to frames by itself. */
  readonly idle: FrameFigures;
}

/** Watches tokens come into the page; the function that it returns tells how many there are, and how fast they came. */
async function countTokens(page: Page): Promise<() => Promise<Pick<StreamingFigures, 'tokens' | 'tokensPerSecond'>>> {
  await page.evaluate(`{
    window.arrivals = [];
    const observer = new MutationObserver(() => {
      const tokens = document.querySelectorAll('grace-token-list .token').length;
      if (tokens > (window.arrivals.at(-1)?.tokens ?? 0)) window.arrivals.push({ tokens, at: performance.now() });
    });
    observer.observe(document.body, { childList: true, subtree: true });
  }`);
  return async () => {
    const arrivals =
      await page.evaluate<readonly { readonly tokens: number; readonly at: number }[]>('window.arrivals');
    const [first, last] = [arrivals[0]!, arrivals.at(-1)!];
    const perSecond = (1000 * (last.tokens - first.tokens)) / (last.at - first.at);
    return { tokens: last.tokens, tokensPerSecond: Number(perSecond.toFixed(1)) };
  };
}

/** Streams tokens into the built page at a pace, and measures its frames. */
export async function measureStreaming(browser: Browser, tokens: number, pace: number): Promise<StreamingFigures> {
  const session = new FakeSession();
  session.answer = [
    ...tokensOf('A sentence of seven words, more or less. '.repeat(tokens / 8)).slice(0, tokens - 1),
    END_TOKEN,
  ];
  session.milliseconds = 1000 / pace;
  const bench = await BenchPage.open(browser, { session, motion: true });
  try {
    await bench.page.locator('#prompt-text').fill('Begin');
    const endIdle = await measureFrames(bench.page);
    await pause(2000);
    const idle = await endIdle();
    const endStreaming = await measureFrames(bench.page);
    const endCounting = await countTokens(bench.page);
    await bench.page.keyboard.press('Control+Enter');
    await bench.page.locator('.answer-foot', { hasText: 'The model ended its answer.' }).waitFor();
    const streaming = await endStreaming();
    return { ...(await endCounting()), streaming, idle };
  } finally {
    await bench.close();
  }
}
