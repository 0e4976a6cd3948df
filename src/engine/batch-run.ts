import type { BatchLineError, BatchResult } from '../protocol/batch-result.ts';
import { CodedError, reportError } from '../protocol/coded-error.ts';
import type { EditResult } from '../protocol/edit-result.ts';
import type { BatchFile, BatchLine } from './batch-file.ts';

export interface BatchOptions {
  /** Lines that an earlier run has done: what their edits remember of them. */
  readonly done: ReadonlySet<string | undefined>;
  /** Makes the edit of a line; a CodedError `cancelled` ends the run. */
  readonly edit: (line: BatchLine) => Promise<EditResult>;
  /** Asked before each line whether to go on. */
  readonly signal: AbortSignal;
  /** Told how many lines this run has to do, before the first one. */
  readonly onStart?: ((of: number) => void) | undefined;
  /** Told after each line, with its edit if it made one, once that is on the disk. */
  readonly onLine?: ((line: BatchLine, result: EditResult | undefined) => void) | undefined;
}

/**
 * Makes the edits of a batch file one after the other. Lines with errors are told of in the result, and the others are made;
 * an error that every line would have ends the run.
 */
export async function runBatch({ lines, errors }: BatchFile, options: BatchOptions): Promise<BatchResult> {
  const started = performance.now();
  const wanted = lines.filter(({ source }) => !options.done.has(source));
  const made: EditResult[] = [];
  const missed: { readonly line: number; readonly edit: number }[] = [];
  const failed: BatchLineError[] = [];
  let tried = 0;
  options.onStart?.(wanted.length);
  for (const line of wanted) {
    if (options.signal.aborted) break;
    let result: EditResult | undefined;
    try {
      result = await options.edit(line);
      made.push(result);
      if (!result.success) missed.push({ line: line.line, edit: result.edit });
    } catch (error) {
      if (error instanceof CodedError && error.code === 'cancelled') break;
      if (!isOfTheLine(error)) throw error;
      failed.push({ line: line.line, ...reportError(error) });
    }
    tried++;
    options.onLine?.(line, result);
  }
  return {
    lines: lines.length + errors.length,
    made: made.length,
    skipped: lines.length - wanted.length,
    left: wanted.length - tried,
    missed,
    errors: [...errors, ...failed].sort((a, b) => a.line - b.line),
    steps: made.reduce((sum, { steps }) => sum + steps, 0),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Whether other lines can do better; not when the codebook or the disk is at fault, or we are. */
const isOfTheLine = (error: unknown): boolean =>
  error instanceof CodedError && !error.code.startsWith('codebook-') && error.code !== 'storage-failed';
