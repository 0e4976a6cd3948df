import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { run } from '../../support/command.ts';
import { freePort } from './free-port.ts';
import type { Installation } from './installation.ts';
import { descendants, isAlive, type RunningProcess } from './process-table.ts';
import { SettingsFile, type Settings } from './settings.ts';

export interface ServerOptions {
  /** A package to install; without one the workbench has VS Code's own extensions only. */
  readonly extension?: string;
  /** Added to settings.json. */
  readonly settings?: Settings;
  /** Ask for trust: a folder then opens in Restricted Mode. Otherwise everything is trusted. */
  readonly workspaceTrust?: boolean;
  /** Reaches the extension host and what it starts. */
  readonly env?: NodeJS.ProcessEnv;
  /** The port to listen on; a free one if not given. */
  readonly port?: number;
}

const READY_WITHIN = 30_000;
const ENDS_WITHIN = 5_000;

/** What the server and its extension host shall not take over from a test runner or from an editor around it. */
const environment = (added: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VSCODE_|VITEST|NODE_|ELECTRON_)/.test(name)),
  ),
  // No gallery: nothing is looked up in the network.
  EXTENSIONS_GALLERY: '{"serviceUrl":""}',
  ...added,
});

/**
 * Watches over a server's process group: if this process is killed, the pipe to the shell closes, and the shell ends the group
 * and removes its folder.
 */
function guard({ pid = 0 }: ChildProcess, folder: string): ChildProcess {
  const script = 'while read -r _; do :; done; kill -s KILL -- "-$1"; rm -rf -- "$2"';
  const shell = spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  return shell;
}

/** A VS Code server of its own, with its data in a temporary folder. */
export class Server {
  readonly settings: SettingsFile;
  /** Where extensions are installed. */
  readonly extensions: string;
  readonly #folder: string;
  readonly #log: string;
  readonly #process: ChildProcess;
  readonly #port: number;
  readonly #guard: ChildProcess;

  private constructor(folder: string, log: string, settings: SettingsFile, process_: ChildProcess, port: number) {
    this.#folder = folder;
    this.#log = log;
    this.settings = settings;
    this.extensions = path.join(folder, 'extensions');
    this.#process = process_;
    this.#port = port;
    this.#guard = guard(process_, folder);
  }

  static async start({ node, server }: Installation, options: ServerOptions = {}): Promise<Server> {
    const folder = mkdtempSync(path.join(tmpdir(), 'grace-workbench-'));
    const settings = new SettingsFile(path.join(folder, 'data'), options.settings ?? {});
    const env = environment(options.env);
    const common = [
      server,
      ...['--accept-server-license-terms', '--disable-telemetry', '--telemetry-level', 'off'],
      ...['--server-data-dir', path.join(folder, 'server'), '--user-data-dir', path.join(folder, 'data')],
      ...['--extensions-dir', path.join(folder, 'extensions')],
    ];
    if (options.extension !== undefined) {
      await run(node, [...common, '--install-extension', options.extension], { env });
    }
    const port = options.port ?? (await freePort());
    const log = path.join(folder, 'server.log');
    const output = openSync(log, 'a');
    const process_ = spawn(
      node,
      [
        ...common,
        ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
        '--disable-getting-started-override',
        ...(options.workspaceTrust === true ? [] : ['--disable-workspace-trust']),
      ],
      // A process group of its own, so that all of it can be ended at once.
      { env, detached: true, stdio: ['ignore', output, output] },
    );
    closeSync(output);
    const started = new Server(folder, log, settings, process_, port);
    try {
      await started.#ready();
    } catch (error) {
      await started.dispose();
      throw error;
    }
    return started;
  }

  /**
   * The page of the workbench, with that folder of this machine open, or with none. An extension that is being developed is run
   * from its sources' folder.
   */
  url(workspace?: string, developed?: string): string {
    const host = `127.0.0.1:${this.#port}`;
    const query = workspace === undefined ? 'ew=true' : `folder=${encodeURIComponent(path.resolve(workspace))}`;
    if (developed === undefined) return `http://${host}/?${query}`;
    const payload = [['extensionDevelopmentPath', `vscode-remote://${host}${path.resolve(developed)}`]];
    return `http://${host}/?${query}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
  }

  /** What the server wrote. */
  get log(): string {
    return readFileSync(this.#log, 'utf8');
  }

  /** The processes that it started, and those that these started. */
  processes(): Promise<readonly RunningProcess[]> {
    return this.#process.pid === undefined ? Promise.resolve([]) : descendants(this.#process.pid);
  }

  /** The processes in which extensions run, one for each open page. */
  async extensionHosts(): Promise<readonly RunningProcess[]> {
    return (await this.processes()).filter(({ command }) => command.includes('--type=extensionHost'));
  }

  /** The engine processes that the extension started. */
  async engines(): Promise<readonly RunningProcess[]> {
    return (await this.processes()).filter(({ command }) => /\bdist[/\\]engine\.js\b/.test(command));
  }

  /** Ends the server with all that it started, and removes its folder. */
  async dispose(): Promise<void> {
    // Terminals are process groups of their own.
    const started = await this.processes();
    this.#kill('SIGTERM');
    const running = (): boolean =>
      [this.#process.pid ?? 0, ...started.map(({ id }) => id)].some((id) => id !== 0 && isAlive(id));
    for (const end = Date.now() + ENDS_WITHIN; running() && Date.now() < end;) await delay(50);
    this.#kill('SIGKILL');
    for (const { id } of started) if (isAlive(id)) process.kill(id, 'SIGKILL');
    this.#guard.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  async #ready(): Promise<void> {
    for (const end = Date.now() + READY_WITHIN; Date.now() < end;) {
      if (this.#process.exitCode !== null) break;
      const answer = await fetch(`http://127.0.0.1:${this.#port}/version`).catch(() => undefined);
      if (answer?.ok === true) return;
      await delay(50);
    }
    throw new Error(`VS Code did not start.\n${this.log.slice(-2000)}`);
  }

  #kill(signal: NodeJS.Signals): void {
    if (this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, signal);
    } catch {
      // All of it has ended already.
    }
  }
}
