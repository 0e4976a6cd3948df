import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import type { EngineApi, EngineOwnerApi } from '../../protocol/engine-api.ts';
import type { Handlers, Remote } from '../../protocol/rpc.ts';
import { EngineProcess, type EngineEnd } from './engine-process.ts';

export type EngineStatus = 'stopped' | 'running' | 'crashed';

/** Wait before a start that follows a crash: doubled with each crash in a row, up to a minute. */
const FIRST_DELAY = 500;
const LONGEST_DELAY = 60_000;
/** An engine that has lived for so long has recovered. */
const RECOVERED_AFTER = 60_000;

/** Starts the engine when it is first needed, and again when it has crashed; one for each window. */
export class EngineSupervisor implements vscode.Disposable {
  readonly #script: string;
  readonly #owner: Handlers<EngineOwnerApi>;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<EngineStatus>();
  readonly #crashed = new vscode.EventEmitter<EngineEnd>();
  #process: EngineProcess | undefined;
  #status: EngineStatus = 'stopped';
  #startedAt = 0;
  #crashesInARow = 0;
  #mayStartAt = 0;

  constructor(script: string, owner: Handlers<EngineOwnerApi>, log: vscode.LogOutputChannel) {
    this.#script = script;
    this.#owner = owner;
    this.#log = log;
  }

  get status(): EngineStatus {
    return this.#status;
  }

  readonly onDidChangeStatus = this.#changed.event;
  readonly onDidCrash = this.#crashed.event;

  /** The engine, if it is running. */
  get running(): Remote<EngineApi> | undefined {
    return this.#process?.api;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * The engine, started if it is not running.
   *
   * @throws CodedError `connection-closed` while it must not be started again yet, because it crashed several times in a row.
   */
  start(): Remote<EngineApi> {
    if (this.#process) return this.#process.api;
    const wait = this.#mayStartAt - Date.now();
    if (wait > 0) {
      throw new CodedError(
        'connection-closed',
        vscode.l10n.t('The engine has crashed {0} times in a row.', this.#crashesInARow),
        vscode.l10n.t('Try again in {0} s, or restart it now with "GRACE: Restart Engine".', Math.ceil(wait / 1000)),
        { crashes: this.#crashesInARow },
      );
    }
    this.#startedAt = Date.now();
    const started = new EngineProcess({
      script: this.#script,
      owner: this.#owner,
      onOutput: (text) => { this.#log.warn(text.trimEnd()); }, // prettier-ignore
      onEnd: (end) => { this.#ended(started, end); }, // prettier-ignore
    });
    this.#process = started;
    this.#log.info(`Engine started, process ${started.pid ?? 'unknown'}.`);
    this.#become('running');
    return started.api;
  }

  /** Ends the engine, if it is running, and forgets earlier crashes. */
  stop(): void {
    this.#crashesInARow = 0;
    this.#mayStartAt = 0;
    const ending = this.#process;
    this.#process = undefined;
    ending?.kill();
    this.#become('stopped');
  }

  dispose(): void {
    this.stop();
    this.#changed.dispose();
    this.#crashed.dispose();
  }

  #ended(ended: EngineProcess, end: EngineEnd): void {
    this.#log.info(`Engine process ${ended.pid ?? 'unknown'} has ended: ${end.reason}.`);
    if (this.#process !== ended) return;
    this.#process = undefined;
    if (end.wanted) {
      this.#become('stopped');
      return;
    }
    this.#crashesInARow = Date.now() - this.#startedAt > RECOVERED_AFTER ? 1 : this.#crashesInARow + 1;
    // The first crash is nobody's habit: what is asked for next starts the engine at once.
    const delay = this.#crashesInARow === 1 ? 0 : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#crashesInARow - 2));
    this.#mayStartAt = Date.now() + delay;
    this.#become('crashed');
    this.#crashed.fire(end);
  }

  #become(status: EngineStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#changed.fire(status);
  }
}
