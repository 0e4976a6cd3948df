import * as vscode from 'vscode';

import type { Session } from '../session.ts';
import { isEnabled, type ShownEdits } from './shown-edits.ts';

/**
 * Enables and disables edits. The explorer shows at once what was asked for, and goes back when the engine refuses; what is
 * asked for meanwhile waits its turn.
 */
export class EditSwitcher implements vscode.Disposable {
  readonly #session: Session;
  readonly #shown: ShownEdits;
  readonly #switched = new vscode.EventEmitter<void>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: Session, shown: ShownEdits) {
    this.#session = session;
    this.#shown = shown;
  }

  readonly onDidSwitch = this.#switched.event;

  /** All of them or, when the engine refuses, none; those that are so already stay. Answers which it switched. */
  async switch(op: 'enable' | 'disable', edits: readonly number[]): Promise<readonly number[]> {
    const settle = this.#shown.expect(edits, op === 'enable');
    const turn = this.#last.then(() => this.#run(op, edits));
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      settle();
    }
  }

  dispose(): void {
    this.#switched.dispose();
  }

  async #run(op: 'enable' | 'disable', edits: readonly number[]): Promise<readonly number[]> {
    const asked = new Set(edits);
    const others = (this.#session.codebook?.items ?? []).filter(
      (item) => asked.has(item.edit) && item.state !== 'damaged' && isEnabled(item) !== (op === 'enable'),
    );
    const needed = others.map(({ edit }) => edit);
    if (needed.length === 0) return needed;
    await this.#session.switch(op, needed);
    this.#switched.fire();
    return needed;
  }
}
