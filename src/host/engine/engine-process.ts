import { fork, type ChildProcess } from 'node:child_process';

import type { EngineApi, EngineOwnerApi } from '../../protocol/engine-api.ts';
import { connect, type Handlers, type Remote } from '../../protocol/rpc.ts';
import { childChannel } from './child-channel.ts';

/** How an engine process ended. */
export interface EngineEnd {
  /** Whether it was asked to end. */
  readonly wanted: boolean;
  /** One plain phrase: `exit code 1`, `signal SIGKILL`. */
  readonly reason: string;
}

export interface EngineProcessOptions {
  /** dist/engine.js */
  readonly script: string;
  readonly owner: Handlers<EngineOwnerApi>;
  /** What the process writes to stdout and stderr: native libraries speak there. */
  readonly onOutput: (text: string) => void;
  readonly onEnd: (end: EngineEnd) => void;
}

/** glibc asks Linux for large pages where it allots much at once: weights are then read faster. Other systems do not know the word. */
const ALLOCATION = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

/** One engine, running in a process of its own; when it has ended, it stays so. */
export class EngineProcess {
  readonly api: Remote<EngineApi>;
  readonly #child: ChildProcess;
  #wanted = false;
  #ended = false;

  constructor({ script, owner, onOutput, onEnd }: EngineProcessOptions) {
    // `fork` runs Electron as Node on the desktop, and Node on a remote machine. The host's own flags, such as a debugger's port,
    // are not for it.
    const env = { ...ALLOCATION, ...process.env };
    this.#child = fork(script, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [], env });
    this.#child.stdout?.on('data', (data: Buffer) => { onOutput(data.toString()); }); // prettier-ignore
    this.#child.stderr?.on('data', (data: Buffer) => { onOutput(data.toString()); }); // prettier-ignore
    this.api = connect<EngineApi>(childChannel(this.#child), owner);
    const end = (reason: string): void => {
      if (this.#ended) return;
      this.#ended = true;
      onEnd({ wanted: this.#wanted, reason });
    };
    this.#child.once('error', (error) => { end(error.message); }); // prettier-ignore
    this.#child.once('exit', (code, signal) => { end(signal ? `signal ${signal}` : `exit code ${code ?? 0}`); }); // prettier-ignore
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends it for good, whatever it is doing; what is acknowledged is on the disk already. */
  kill(): void {
    this.#wanted = true;
    this.#child.kill('SIGKILL');
  }
}
