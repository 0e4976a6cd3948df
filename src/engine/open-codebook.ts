import type { CodebookChange, CodebookSnapshot } from '../protocol/codebook-snapshot.ts';
import { CodebookView } from './codebook-view.ts';
import { CodebookWatch } from './codebook-watch.ts';
import type { CodebookFolder } from './grace/codebook-folder.ts';

/** The codebook that is open in the engine process, and what its owner was told of it. */
export class OpenCodebook {
  readonly folder: CodebookFolder;
  readonly #view: CodebookView;
  readonly #watch: CodebookWatch;
  readonly #onReread: (snapshot: CodebookSnapshot) => void;
  #rereads: number;

  /** `onReread` is told when the files were changed by another program, or may be written now, or no more. */
  constructor(folder: CodebookFolder, onReread: (snapshot: CodebookSnapshot) => void) {
    this.folder = folder;
    this.#view = new CodebookView(folder);
    this.#rereads = folder.rereads;
    this.#onReread = onReread;
    this.#watch = new CodebookWatch(folder.path, () => {
      this.check();
    });
  }

  /** As its owner was told last. */
  get snapshot(): CodebookSnapshot {
    return this.#view.snapshot;
  }

  /** Sees whether another program has changed the files; if so, reads them and tells the owner. */
  check(): void {
    this.folder.refresh();
    if (this.folder.rereads === this.#rereads) return;
    this.#rereads = this.folder.rereads;
    this.#view.change();
    this.#onReread(this.#view.snapshot);
  }

  /** What has changed since the owner was told last, whoever has changed it. */
  change(): CodebookChange {
    this.#rereads = this.folder.rereads;
    return this.#view.change();
  }

  /** Releases the codebook. */
  close(): void {
    this.#watch.close();
    this.folder.close();
  }
}
