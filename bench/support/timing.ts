export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;

/** Median milliseconds of `count` steps. */
export async function timed(count: number, step: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const begun = performance.now();
    await step();
    times.push(performance.now() - begun);
  }
  return median(times);
}

export const peakMegabytes = (): number => process.resourceUsage().maxRSS / 1024;
