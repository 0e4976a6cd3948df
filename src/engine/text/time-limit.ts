import { createContext, Script } from 'node:vm';

// Only a script of this module can be given a time limit; it calls back into ours.
const sandbox = createContext({});
const call = new Script('work()');

/** Work on untrusted data took longer than it may. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

/**
 * Runs `work` (synchronous) and stops it after `milliseconds`, even in the middle of a regular expression.
 *
 * For what a model's files bring along and can make arbitrarily slow: patterns and templates.
 *
 * @throws TimeLimitError when it was stopped; whatever `work` throws.
 */
export function withinTime<T>(milliseconds: number, work: () => T): T {
  sandbox['work'] = work;
  try {
    return call.runInContext(sandbox, { timeout: milliseconds }) as T;
  } catch (error) {
    // Made by the other context, it is an instance of another Error.
    if ((error as { code?: unknown } | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      throw new TimeLimitError(`it took longer than ${milliseconds / 1000} s`);
    }
    throw error;
  }
}
