/** What a long call reports, and how it is called off. */
export interface Watch<Progress> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (value: unknown) => void;
}

/** The same for a call of the engine, which is ours, started from our own file: its progress is what its interface says. */
export const callOptions = <Progress>({ signal, onProgress }: Watch<Progress>): CallOptions => ({
  signal,
  onProgress: (value) => onProgress?.(value as Progress),
});
