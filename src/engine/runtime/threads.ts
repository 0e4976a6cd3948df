import { CodedError } from '../../protocol/coded-error.ts';

/**
 * How many threads compute a graph: what GRACE_THREADS says, for those who run several engines side by side, which each for every
 * core would wait for one another; the runtime's own choice, one for each core, where it is not set.
 *
 * @throws CodedError `bad-argument` unless it is a whole number above 0
 */
export function threadsToUse(environment: NodeJS.ProcessEnv = process.env): number | undefined {
  const threads = environment['GRACE_THREADS'];
  if (threads === undefined || threads === '') return undefined;
  if (/^[1-9]\d{0,3}$/.test(threads)) return Number(threads);
  throw new CodedError(
    'bad-argument',
    `GRACE_THREADS is ${threads}, which is no number of threads.`,
    'Set it to 1 or more.',
  );
}
