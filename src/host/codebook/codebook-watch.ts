import { statSync } from 'node:fs';
import path from 'node:path';
import type * as vscode from 'vscode';

import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';

const JOURNAL = 'edits.jsonl';
/** Another program writes line after line: its file is read when two looks, so many milliseconds apart, find it the same. */
const LOOK_AGAIN = 500;

/**
 * Watches the shown codebook while no engine does. A codebook stays to be seen when its engine was stopped, and may then be changed by
 * version control or by the command line.
 *
 * It looks by the clock: not every file system tells of changes, and a watcher may miss a folder that is made in one just made.
 */
export class CodebookWatch implements vscode.Disposable {
  readonly #session: Session;
  readonly #notifier: Notifier;
  readonly #subscription: vscode.Disposable;
  #folder: string | null = null;
  #clock: NodeJS.Timeout | undefined;
  /** The journal's stamp when it was read. */
  #read = '';
  /** Its stamp at the last look. */
  #last = '';
  #reading = false;

  constructor(session: Session, notifier: Notifier) {
    this.#session = session;
    this.#notifier = notifier;
    this.#subscription = session.onDidChange(() => { this.#follow(); }); // prettier-ignore
  }

  dispose(): void {
    this.#subscription.dispose();
    clearInterval(this.#clock);
  }

  #follow(): void {
    if (this.#reading) return;
    const { engine, codebook } = this.#session;
    // After a crash the person is asked first.
    const folder = engine.status === 'stopped' ? (codebook?.head.folder ?? null) : null;
    if (folder === this.#folder) return;
    clearInterval(this.#clock);
    this.#folder = folder;
    if (folder === null) return;
    this.#read = this.#last = stamp(folder);
    this.#clock = setInterval(() => { void this.#look(folder); }, LOOK_AGAIN); // prettier-ignore
  }

  async #look(folder: string): Promise<void> {
    if (this.#reading) return;
    const [last, now] = [this.#last, stamp(folder)];
    this.#last = now;
    if (now !== last || now === this.#read || now === '') return;
    // The stamp is older than what is read: a change that comes meanwhile is read once more.
    this.#read = now;
    this.#reading = true;
    await this.#notifier.guard(() => this.#session.readAgain());
    this.#reading = false;
    this.#follow();
  }
}

/** Changes whenever the journal does; empty while there is none, or none can be seen. */
function stamp(folder: string): string {
  try {
    const stats = statSync(path.join(folder, JOURNAL));
    return `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
  } catch {
    return '';
  }
}
