import type * as vscode from 'vscode';

import type { EvaluationApi } from '../../protocol/evaluation-api.ts';
import type { Remote } from '../../protocol/rpc.ts';
import { EngineProcess } from '../engine/engine-process.ts';

/**
 * The engine that runs experiments: a process beside the session's, so that a run of an hour holds up no edit. It is started when
 * it is first needed; one that has crashed is replaced by the next call, and runs go on from their files.
 */
export class EvaluationEngine implements vscode.Disposable {
  readonly #script: string;
  readonly #log: vscode.LogOutputChannel;
  #process: EngineProcess | undefined;

  constructor(script: string, log: vscode.LogOutputChannel) {
    this.#script = script;
    this.#log = log;
  }

  readonly api = (): Remote<EvaluationApi> => {
    this.#process ??= this.#start();
    return this.#process.api;
  };

  stop(): void {
    this.#process?.kill();
    this.#process = undefined;
  }

  dispose(): void {
    this.stop();
  }

  #start(): EngineProcess {
    const started = new EngineProcess({
      script: this.#script,
      owner: {
        codebookReread: () => null,
        log: ({ level, message }) => {
          this.#log[level](message);
          return null;
        },
      },
      onOutput: (text) => {
        this.#log.warn(text.trimEnd());
      },
      onEnd: ({ reason }) => {
        this.#log.info(`The engine of the experiments has ended: ${reason}.`);
        if (this.#process === started) this.#process = undefined;
      },
    });
    return started;
  }
}
