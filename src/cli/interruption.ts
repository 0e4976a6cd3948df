/** What a command that can be interrupted watches. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Ctrl-C does again what it does to any process. */
  readonly stop: () => void;
}

/** The first Ctrl-C asks the command to end in good order; a second one ends the process. */
export function interruption(): Interruption {
  const abort = new AbortController();
  const onInterrupt = (): void => {
    abort.abort();
  };
  process.once('SIGINT', onInterrupt);
  return {
    signal: abort.signal,
    stop: () => {
      process.removeListener('SIGINT', onInterrupt);
    },
  };
}
