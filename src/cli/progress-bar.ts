import { Presets, SingleBar } from 'cli-progress';

/** Progress on stderr: drawn on a terminal, a line now and then elsewhere. */
export function progressBar(what: string, total: number): SingleBar {
  const bar = new SingleBar(
    {
      format: `{bar} {value}/{total} ${what}, {eta_formatted} left`,
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: 10_000,
      hideCursor: true,
      etaBuffer: 100, // edits and answers take different times
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return bar;
}
