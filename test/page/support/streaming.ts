import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from 'playwright-core';

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
    await bench.page.keyboard.press('Control+Enter');
    await bench.page.locator('.tokens .token').first().waitFor();
    const [before, begin] = [await bench.page.locator('.tokens .token').count(), performance.now()];
    await bench.page.locator('.answer-foot', { hasText: 'The model ended its answer.' }).waitFor();
    const seconds = (performance.now() - begin) / 1000;
    const streaming = await endStreaming();
    const shown = await bench.page.locator('.tokens .token').count();
    return { tokens: shown, tokensPerSecond: Number(((shown - before) / seconds).toFixed(1)), streaming, idle };
  } finally {
    await bench.close();
  }
}
