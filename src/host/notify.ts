import * as vscode from 'vscode';

import { reportError } from '../protocol/coded-error.ts';
import { withoutLinks } from './plain-text.ts';

/** A button of a message. */
export interface NotifierAction {
  readonly title: string;
  readonly run: () => unknown;
}

/** Tells people what came of their commands, in messages, which screen readers speak. */
export class Notifier {
  readonly #log: vscode.LogOutputChannel;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  /** Shows what is wrong and what to do, with a way to the log; nothing when the person has called it off. */
  async error(error: unknown): Promise<void> {
    const { code, message, advice, data } = reportError(error);
    if (code === 'cancelled' || error instanceof vscode.CancellationError) return;
    this.#log.error(code === 'internal' && error instanceof Error ? error : `${code}: ${message}`);
    // Everything that waited for the engine ends with it; that it has ended is said once, by CrashMessage.
    if (code === 'connection-closed' && !('crashes' in data)) return;
    const text = [message, advice].filter((sentence) => sentence !== '').join(' ');
    const showLog = vscode.l10n.t('Show Log');
    const calibrate = vscode.l10n.t('Calibrate Router');
    const ways = code === 'not-calibrated' ? [calibrate, showLog] : [showLog];
    const chosen = await vscode.window.showErrorMessage(withoutLinks(text), ...ways);
    if (chosen === showLog) this.#log.show();
    if (chosen === calibrate) await vscode.commands.executeCommand('grace.calibrate');
  }

  /** Says what was done; resolves when the message is gone and the chosen action has run. Its errors are shown. */
  async done(message: string, ...actions: readonly NotifierAction[]): Promise<void> {
    await this.#offer(vscode.window.showInformationMessage(withoutLinks(message), ...titles(actions)), actions);
  }

  /** Like {@link done}, for what went otherwise than it was meant to. */
  async warn(message: string, ...actions: readonly NotifierAction[]): Promise<void> {
    await this.#offer(vscode.window.showWarningMessage(withoutLinks(message), ...titles(actions)), actions);
  }

  /** Registers a command whose errors are shown; none of them is left to VS Code. */
  command(id: string, run: (...args: never[]) => unknown): vscode.Disposable {
    // What a command is called with is decided by who calls it; `run` says what it expects.
    return vscode.commands.registerCommand(id, (...args: never[]) => this.guard(() => run(...args)));
  }

  /** Runs something nobody waits for, and shows its error. */
  async guard(run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      // The command has ended, though its message may stay for long.
      void this.error(error);
    }
  }

  async #offer(message: Thenable<string | undefined>, actions: readonly NotifierAction[]): Promise<void> {
    const chosen = await message;
    const action = actions.find(({ title }) => title === chosen);
    if (action) await this.guard(action.run);
  }
}

const titles = (actions: readonly NotifierAction[]): readonly string[] => actions.map(({ title }) => title);
