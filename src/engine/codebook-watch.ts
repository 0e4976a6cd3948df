import { statSync, watch, type FSWatcher } from 'node:fs';

/** Several files change together; they are looked at when this many milliseconds have passed without another change. */
const SETTLED = 150;
/** Not every file system tells of changes, and none tells that a process has ended: milliseconds between two looks. */
const LOOK_AGAIN = 2000;

/** Calls `check` some time after anything in a folder has changed, and now and then besides. */
export class CodebookWatch {
  readonly #folder: string;
  readonly #check: () => void;
  readonly #clock: NodeJS.Timeout;
  #watcher: FSWatcher | null = null;
  /** The folder that is being watched: one that was removed and made again is another one. */
  #inode: bigint | null = null;
  #pending: NodeJS.Timeout | undefined;

  constructor(folder: string, check: () => void) {
    this.#folder = folder;
    this.#check = check;
    this.#watch();
    this.#clock = setInterval(() => {
      this.#watch();
      check();
    }, LOOK_AGAIN).unref();
  }

  close(): void {
    clearInterval(this.#clock);
    clearTimeout(this.#pending);
    this.#watcher?.close();
  }

  #watch(): void {
    const inode = statSync(this.#folder, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
    if (inode === this.#inode) return;
    this.#inode = inode;
    this.#watcher?.close();
    this.#watcher = inode === null ? null : this.#start();
  }

  #start(): FSWatcher | null {
    try {
      const watcher = watch(this.#folder, { persistent: false }, () => {
        clearTimeout(this.#pending);
        this.#pending = setTimeout(this.#check, SETTLED).unref();
      });
      return watcher.on('error', () => {
        watcher.close();
      });
    } catch {
      return null; // too many watches, or a file system without: the clock is left
    }
  }
}
