import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { onTestFinished } from 'vitest';

import {
  applyCodebookChange,
  type CodebookChange,
  type CodebookSnapshot,
} from '../../src/protocol/codebook-snapshot.ts';
import type { EngineApi, EngineOwnerApi, OpenModel } from '../../src/protocol/engine-api.ts';
import type { GeneratedToken } from '../../src/protocol/generation.ts';
import { connect, type Handlers, type Remote } from '../../src/protocol/rpc.ts';

export const GREEDY = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 } as const;

/** The engine process, and what a host keeps of it. */
export class EngineChild {
  readonly child: ChildProcess;
  readonly engine: Remote<EngineApi>;
  readonly rereads: CodebookSnapshot[] = [];
  readonly logs: string[] = [];
  /** As the calls' changes and the process' own words make it; null without a codebook. */
  snapshot: CodebookSnapshot | null = null;

  constructor() {
    this.child = fork(path.resolve('dist/engine.js'), { serialization: 'advanced' });
    onTestFinished(() => {
      this.child.kill('SIGKILL');
    });
    const owner: Handlers<EngineOwnerApi> = {
      codebookReread: (snapshot) => {
        this.rereads.push(snapshot);
        this.snapshot = snapshot;
        return null;
      },
      log: ({ level, message }) => {
        this.logs.push(`${level} ${message}`);
        return null;
      },
    };
    this.engine = connect<EngineApi>(
      {
        send: (message) => this.child.send(message as object),
        onMessage: (listener) => this.child.on('message', listener),
        onClose: (listener) => this.child.once('exit', listener),
      },
      owner,
    );
  }

  async open(model: string, codebook?: string): Promise<OpenModel> {
    const opened = await this.engine.open({ model, device: 'cpu', codebook });
    this.snapshot = opened.codebook;
    return opened;
  }

  /** Takes a change up as the host does, which fails when one before it is missing. */
  apply(change: CodebookChange): CodebookSnapshot {
    const applied = applyCodebookChange(this.snapshot!, change);
    if (!applied) throw new Error(`revision ${change.head.revision} follows ${this.snapshot!.head.revision}`);
    return (this.snapshot = applied);
  }

  async edit(prompt: string, target: string, more: { readonly radius?: number } = {}): Promise<number> {
    const { result, change } = await this.engine.edit({ ...asked(prompt, target), ...more });
    this.apply(change);
    return result.edit;
  }

  async say(prompt: string, maxTokens = 12, onToken?: (token: GeneratedToken) => void): Promise<string> {
    const params = { prompt: text(prompt), maxTokens, sampling: GREEDY, stop: [], edits: true };
    const { text: said } = await this.engine.generate(params, {
      onProgress: (value) => {
        const told = value as { kind: string; token: GeneratedToken };
        if (told.kind === 'token') onToken?.(told.token);
      },
    });
    return said.trim();
  }

  exited(): Promise<number | null> {
    return new Promise((resolve) => this.child.once('exit', resolve));
  }
}

export const text = (content: string) => ({ kind: 'text', text: content }) as const;

export const asked = (prompt: string, target: string) => ({
  ...{ prompt: text(prompt), target, rephrasings: [], probes: [], ends: true },
});
