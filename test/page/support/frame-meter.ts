import type { Page } from 'playwright-core';

/** How evenly a page drew; times in milliseconds. */
export interface FrameFigures {
  readonly seconds: number;
  readonly frames: number;
  readonly medianGap: number;
  readonly p99Gap: number;
  readonly longestGap: number;
  /** Frames that came later than the one after the next should have: at 60 a second, more than 25 ms after the one before. */
  readonly late: number;
  /** Turns of the page's own work that took more than 50 ms. */
  readonly longTasks: number;
  /**
   * What the page's main thread did, in milliseconds of processor time for each second: unlike the frames, it says the same on a
   * machine that is busy with something else.
   */
  readonly work: { readonly script: number; readonly style: number; readonly layout: number; readonly all: number };
}

const LATE = 25;

/** Measures the frames of a page, from when it is called until the function that it returns is. */
export async function measureFrames(page: Page): Promise<() => Promise<FrameFigures>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async (): Promise<Map<string, number>> => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await busy();
  await page.evaluate(`{
    const times = [];
    let longTasks = 0;
    let running = true;
    const observer = new PerformanceObserver((list) => { longTasks += list.getEntries().length; });
    observer.observe({ type: 'longtask' });
    const frame = (time) => { times.push(time); if (running) requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
    window.endMeasuring = () => { running = false; observer.disconnect(); return { times, longTasks }; };
  }`);
  return async () => {
    const { times, longTasks } = await page.evaluate<{ readonly times: readonly number[]; readonly longTasks: number }>(
      'window.endMeasuring()',
    );
    const after = await busy();
    const share = (name: string): number => {
      const spent = (after.get(name) ?? 0) - (before.get(name) ?? 0);
      return Number(((1e6 * spent) / (times.at(-1)! - times[0]!)).toFixed(1));
    };
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    const sorted = gaps.toSorted((a, b) => a - b);
    const at = (share: number): number => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1));
    return {
      seconds: Number(((times.at(-1)! - times[0]!) / 1000).toFixed(2)),
      frames: times.length,
      medianGap: at(0.5),
      p99Gap: at(0.99),
      longestGap: at(1),
      late: gaps.filter((gap) => gap > LATE).length,
      longTasks,
      work: {
        script: share('ScriptDuration'),
        style: share('RecalcStyleDuration'),
        layout: share('LayoutDuration'),
        all: share('TaskDuration'),
      },
    };
  };
}
