import * as vscode from 'vscode';

/** How often each edit has fired on this machine, by codebook folder; kept with the extension, not with the codebook. */
export class FireCounts {
  readonly #memento: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<{ readonly folder: string; readonly edit: number }>();

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  readonly onDidChange = this.#changed.event;

  of(folder: string, edit: number): number {
    return this.all(folder)[edit] ?? 0;
  }

  /** By edit; those that never fired are not in it. */
  all(folder: string): Readonly<Record<number, number>> {
    return this.#memento.get<Record<number, number>>(key(folder), {});
  }

  add(folder: string, edit: number): void {
    const counts = this.all(folder);
    void this.#memento.update(key(folder), { ...counts, [edit]: (counts[edit] ?? 0) + 1 });
    this.#changed.fire({ folder, edit });
  }
}

const key = (folder: string): string => `fired:${folder}`;
