import type * as vscode from 'vscode';

const KEY = 'recentModels';
const KEPT = 8;

/** Paths of the models that were opened last, the newest first; kept for all windows. */
export class RecentModels {
  readonly #memento: vscode.Memento;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  get paths(): readonly string[] {
    return this.#memento.get<readonly string[]>(KEY, []);
  }

  async add(model: string): Promise<void> {
    await this.#memento.update(KEY, [model, ...this.paths.filter((other) => other !== model)].slice(0, KEPT));
  }

  async remove(model: string): Promise<void> {
    await this.#memento.update(
      KEY,
      this.paths.filter((other) => other !== model),
    );
  }
}
