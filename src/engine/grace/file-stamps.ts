import { statSync } from 'node:fs';

/** What files looked like when they were read or written: place on the disk, size and time of the last change. */
export class FileStamps {
  readonly #stamps = new Map<string, string>();

  /** Takes the stamp of a file; to be called before it is read, so that no change is missed. */
  take(file: string): void {
    this.#stamps.set(file, stampOf(file));
  }

  /** Whether any of the files is not what it was. */
  get outdated(): boolean {
    return [...this.#stamps].some(([file, stamp]) => stampOf(file) !== stamp);
  }
}

/** Version control replaces a file (another inode), an editor may keep its size: all of it tells. */
function stampOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs } = statSync(file, { bigint: true });
    return [dev, ino, size, mtimeNs].join(':');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
