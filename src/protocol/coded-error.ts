/** Every code an error of this project can carry; scripts may rely on them, texts may change. */
export type ErrorCode =
  | 'bad-argument'
  | 'bad-input-file'
  | 'model-not-found'
  | 'model-unsupported'
  | 'model-damaged'
  | 'tokenizer-unsupported'
  | 'hook-unknown'
  | 'not-calibrated'
  | 'context-exceeded'
  | 'codebook-damaged'
  | 'codebook-mismatch'
  | 'codebook-locked'
  | 'codebook-read-only'
  | 'edit-unknown'
  | 'vector-damaged'
  | 'storage-failed'
  | 'device-unavailable'
  | 'cancelled'
  | 'connection-closed'
  | 'graph-invalid';

/** No sentence for people is longer; what a hostile file calls its parts can be. */
const LONGEST_MESSAGE = 1000;

const abridged = (text: string): string =>
  text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE - 1)}…`;

/**
 * An error that a person can act on: a code, one plain sentence, and what to do next.
 *
 * Everything that is wrong with the user's input is thrown as one of these; any other error is a fault of ours.
 */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: ErrorCode;
  /** What to do next, one sentence; empty when the message says it already. */
  readonly advice: string;
  /** Facts for scripts: both numbers, both fingerprints, the file and line. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, advice = '', data: Readonly<Record<string, unknown>> = {}) {
    super(abridged(message));
    this.code = code;
    this.advice = abridged(advice);
    this.data = data;
  }
}

/** The wire form of an error; `{ok} | {error}` is what every call across a process answers. */
export interface ErrorReport {
  readonly code: ErrorCode | 'internal';
  readonly message: string;
  readonly advice: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is told of `error` across a process or in `--json`; an unexpected error keeps its message, never its stack. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof CodedError) {
    return { code: error.code, message: error.message, advice: error.advice, data: error.data };
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error), advice: '', data: {} };
}
