import { statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';

import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';

const JOURNAL = 'edits.jsonl';
/** Another program writes line after line: its file is read when it has been left alone for so long. */
const SETTLED_MILLISECONDS = 500;

/**
 * Watches the shown codebook while no engine does. A codebook stays to be seen when its engine was stopped, and may then be changed by
 * version control or by the command line.
 */
export class CodebookWatch implements vscode.Disposable {
  readonly #session: Session;
  readonly #notifier: Notifier;
  readonly #subscription: vscode.Disposable;
  #watched: { readonly folder: string; readonly watcher: vscode.Disposable } | null = null;
  #settling: NodeJS.Timeout | undefined;

  constructor(session: Session, notifier: Notifier) {
    this.#session = session;
    this.#notifier = notifier;
    this.#subscription = session.onDidChange(() => { this.#follow(); }); // prettier-ignore
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#leave();
  }

  #follow(): void {
    const { engine, codebook } = this.#session;
    // After a crash the person is asked first.
    const folder = engine.status === 'stopped' ? (codebook?.head.folder ?? null) : null;
    if (folder === (this.#watched?.folder ?? null)) return;
    this.#leave();
    if (folder !== null) this.#watched = { folder, watcher: this.#watch(folder) };
  }

  #watch(folder: string): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.file(folder), JOURNAL),
    );
    const seen = stamp(folder);
    const look = (): void => {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => {
        // What the engine wrote before it ended is told late.
        if (stamp(folder) !== seen) void this.#notifier.guard(() => this.#session.readAgain());
      }, SETTLED_MILLISECONDS);
    };
    watcher.onDidChange(look);
    watcher.onDidCreate(look);
    return watcher;
  }

  #leave(): void {
    clearTimeout(this.#settling);
    this.#watched?.watcher.dispose();
    this.#watched = null;
  }
}

/** Changes whenever the journal does; empty while there is none. */
function stamp(folder: string): string {
  const stats = statSync(path.join(folder, JOURNAL), { throwIfNoEntry: false });
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : '';
}
