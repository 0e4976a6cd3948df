import { closeSync, openSync } from 'node:fs';

import { accessing, writeFully } from '../engine/grace/durable-file.ts';
import type { BatchReportLine } from '../protocol/batch-result.ts';

/** A file that gets a line of JSON for each edit of a batch, once the edit is on the disk; what it had before stays. */
export class BatchReport {
  readonly #file: string;
  readonly #descriptor: number;

  /** @throws CodedError `bad-argument` when the file cannot be written. */
  constructor(file: string) {
    this.#file = file;
    this.#descriptor = accessing(file, () => openSync(file, 'a'));
  }

  add(line: BatchReportLine): void {
    accessing(this.#file, () => {
      writeFully(this.#descriptor, Buffer.from(`${JSON.stringify(line)}\n`));
    });
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
