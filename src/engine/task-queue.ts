import { CodedError } from '../protocol/coded-error.ts';

interface Waiting {
  readonly start: () => void;
}

/** Runs tasks one at a time, in the order in which they were asked for. */
export class TaskQueue {
  readonly #waiting: Waiting[] = [];
  #busy = false;

  /**
   * Runs a task when those before it have ended, however they ended.
   *
   * @throws CodedError `cancelled`, at once, when the signal says so before the task's turn has come; and what the task throws
   */
  async run<T>(task: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await task();
    } finally {
      // Messages are let in between two tasks: what one says leaves before the next begins.
      setImmediate(() => {
        this.#next();
      });
    }
  }

  #turn(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(cancelled());
    if (!this.#busy) {
      this.#busy = true;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(cancelled());
      };
      const waiting: Waiting = {
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next) next.start();
    else this.#busy = false;
  }
}

const cancelled = (): CodedError =>
  new CodedError('cancelled', 'The call was cancelled before its turn came; nothing was done.');
