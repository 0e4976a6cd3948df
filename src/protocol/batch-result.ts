import type { ErrorReport } from './coded-error.ts';

/** A line of the batch file that made no edit. */
export interface BatchLineError extends ErrorReport {
  /** From 1. */
  readonly line: number;
}

/** What `grace batch --json` prints. */
export interface BatchResult {
  /** Lines of the file that are not blank. */
  readonly lines: number;
  /** Edits made by this run. */
  readonly made: number;
  /** Lines whose edits an earlier run had made. */
  readonly skipped: number;
  /** Lines that were not tried, because the run was interrupted. */
  readonly left: number;
  /** Edits of this run that did not reach their target. */
  readonly missed: readonly { readonly line: number; readonly edit: number }[];
  /** In the order of their lines. */
  readonly errors: readonly BatchLineError[];
  /** Steps that the edits of this run took, in all. */
  readonly steps: number;
  readonly seconds: number;
  /** With --verify: whether each live edit of the file still gives its target, by greedy generation through the codebook. */
  readonly verified?: { readonly held: number; readonly of: number; readonly lost: readonly number[] } | undefined;
}

/** What `grace batch --report` appends for each edit, once it is on the disk. */
export interface BatchReportLine {
  readonly line: number;
  readonly edit: number;
  /** Whether greedy generation gives the target. */
  readonly success: boolean;
  readonly steps: number;
  readonly seconds: number;
}
