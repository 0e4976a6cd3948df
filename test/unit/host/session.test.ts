import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type * as vscode from 'vscode';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FireCounts } from '../../../src/host/fire-counts.ts';
import { Session } from '../../../src/host/session.ts';
import type { OpenParams } from '../../../src/protocol/engine-api.ts';

vi.mock('vscode', () => import('../../support/fake-vscode.ts'));

/**
 * An engine that speaks the real protocol over a real pipe, without a model: it counts what it opens, streams three tokens, waits for
 * ever when asked to decide, and dies on demand.
 */
const ENGINE = `
let opened = 0, revision = 0, live = 0;
const head = () => ({ folder: '/codebook', revision, readOnly: null, model: { name: 'm', architecture: 'a', fingerprint: 'f' },
  hook: { replace: 'h', key: 'h:input' }, router: 'grace', radius: 1, edits: live, live, entries: live, notices: [] });
const answers = {
  open: ({ model, codebook }) => {
    if (model === '/bad') throw { code: 'model-damaged', message: 'Bad.', advice: '', data: {} };
    opened++;
    return { model, opened, description: { name: model }, hook: { replace: 'h', key: 'h:input' }, radius: 1, codebook: { head: head(), items: [] } };
  },
  openCodebook: () => {
    if (require('node:fs').existsSync(__dirname + '/unreadable')) throw { code: 'codebook-damaged', message: 'Cut.', advice: '', data: {} };
    return { head: head(), items: [] };
  },
  codebook: () => ({ head: head(), items: [{ edit: 99 }] }),
  generate: (_, progress) => {
    progress({ kind: 'decision', decision: { fired: true, edit: 3 } });
    for (const text of ['a', 'b', 'c']) progress({ kind: 'token', token: { text } });
    return { text: 'abc', decision: { fired: true, edit: 3 } };
  },
  decide: () => new Promise(() => {}),
  switch: ({ edits }) => { revision += edits.length; live++; return { head: head(), changed: [{ edit: edits[0] }], removed: [] }; },
  export: () => process.exit(3),
};
process.on('message', async ({ kind, id, method, params }) => {
  if (kind !== 'call') return;
  try {
    const value = await answers[method](params, (value) => process.send({ kind: 'progress', id, value }));
    process.send({ kind: 'ok', id, value });
  } catch (error) {
    process.send({ kind: 'error', id, error });
  }
});
process.on('disconnect', () => process.exit(0));
`;

let folder: string;
let session: Session;
let counts: FireCounts;
let found: OpenParams | undefined;

class Memory implements vscode.Memento {
  readonly #values = new Map<string, unknown>();
  keys = (): readonly string[] => [...this.#values.keys()];
  get = <T>(key: string, otherwise?: T): T => (this.#values.get(key) ?? otherwise) as T;
  update = (key: string, value: unknown): Promise<void> => {
    this.#values.set(key, value);
    return Promise.resolve();
  };
}

const log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
} as unknown as vscode.LogOutputChannel;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'grace-session-'));
  const script = path.join(folder, 'engine.cjs');
  writeFileSync(script, ENGINE);
  counts = new FireCounts(new Memory());
  found = undefined;
  session = new Session(script, () => Promise.resolve(found), counts, log);
});
afterEach(() => {
  session.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const generation = {
  prompt: { kind: 'text', text: 'x' },
  maxTokens: 3,
  stop: [],
  edits: true,
  sampling: { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 },
} as const;
const openedCount = (): number => (session.model as unknown as { readonly opened: number }).opened;
const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('Session', () => {
  it('starts no engine by itself', () => {
    expect(session.engine.status).toBe('stopped');
    expect(session.engine.pid).toBeUndefined();
    expect(session.codebook).toBeNull();
  });

  it('opens a model once for all that need it, and finds one when none was opened', async () => {
    found = { model: '/m', device: 'cpu' };
    const [first, second] = await Promise.all([session.requireModel(), session.requireModel()]);
    expect(first).toBe(second);
    expect(first.model).toBe('/m');
    expect(session.engine.status).toBe('running');
  });

  it('is cancelled when the person chooses no model', async () => {
    await expect(session.generate(generation)).rejects.toMatchObject({ code: 'cancelled' });
    expect(session.engine.status).toBe('stopped');
  });

  it('streams, says what it does, and counts what fired', async () => {
    found = { model: '/m', device: 'cpu' };
    const [seen, activities]: [unknown[], (string | null)[]] = [[], []];
    session.onDidChange(() => activities.push(session.activity));
    await session.generate(generation, { onProgress: (progress) => seen.push(progress) });
    expect(seen).toHaveLength(4);
    expect(activities).toContain('generating');
    expect(session.activity).toBeNull();
    expect(counts.of('/codebook', 3)).toBe(1);
  });

  it('takes up changes, and asks for the whole codebook after a gap', async () => {
    await session.openCodebook('/codebook');
    await session.switch('disable', [7]);
    expect(session.codebook!.items.map(({ edit }) => edit)).toEqual([7]);
    await session.switch('disable', [7, 8]);
    expect(session.codebook!.items.map(({ edit }) => edit)).toEqual([99]);
    expect(session.codebook!.head.revision).toBe(3);
  });

  it('rejects what is pending when the engine dies, tells it once, and opens again what was open', async () => {
    await session.open({ model: '/m', device: 'cpu' });
    const ends: string[] = [];
    session.engine.onDidCrash(({ reason }) => ends.push(reason));
    const pending = session.decide({ kind: 'text', text: 'x' });
    const { pid } = session.engine;
    setTimeout(() => process.kill(pid!, 'SIGKILL'), 20);
    await expect(pending).rejects.toMatchObject({ code: 'connection-closed' });
    await vi.waitFor(() => {
      expect(ends).toEqual(['signal SIGKILL']);
    });
    expect(session.engine.status).toBe('crashed');
    expect(session.model).toBeNull();
    expect(session.codebook).not.toBeNull();
    await session.generate(generation);
    expect(session.engine.pid).not.toBe(pid);
    expect(openedCount()).toBe(1);
  });

  it('waits longer after each crash in a row; a restart does not wait', async () => {
    await session.openCodebook('/codebook');
    const crash = async (): Promise<void> => {
      await expect(session.export({ file: 'x', format: 'json' })).rejects.toMatchObject({ code: 'connection-closed' });
      await vi.waitFor(() => {
        expect(session.engine.status).toBe('crashed');
      });
    };
    await crash();
    await crash();
    await expect(session.show(1)).rejects.toMatchObject({ code: 'connection-closed', message: expect.stringContaining('crashed') as string }); // prettier-ignore
    await session.restart();
    expect(session.engine.status).toBe('running');
  });

  it('goes on with the model that was open when another cannot be opened', async () => {
    await session.open({ model: '/m', device: 'cpu' });
    await expect(session.open({ model: '/bad', device: 'cpu' })).rejects.toMatchObject({ code: 'model-damaged' });
    expect((await session.requireModel()).model).toBe('/m');
  });

  it('opens another codebook in place of the one that is seen', async () => {
    await session.openCodebook('/one');
    await session.open({ model: '/m', device: 'cpu' });
    await session.openCodebook('/two');
    expect(session.model).toBeNull();
    expect(session.hasModel).toBe(false);
  });

  it('leaves no process behind when it unloads, and starts again when it is needed', async () => {
    await session.open({ model: '/m', device: 'cpu' });
    const { pid } = session.engine;
    session.unload();
    expect(session.engine.status).toBe('stopped');
    await vi.waitFor(() => {
      expect(alive(pid!)).toBe(false);
    });
    await session.generate(generation);
    expect(session.model!.model).toBe('/m');
  });

  it('ends the engine when it is disposed of', async () => {
    await session.open({ model: '/m', device: 'cpu' });
    const { pid } = session.engine;
    session.dispose();
    await vi.waitFor(() => {
      expect(alive(pid!)).toBe(false);
    });
  });

  it('does what is asked for while a stopped window fails to read a changed codebook', async () => {
    await session.open({ model: '/m', device: 'auto', codebook: '/codebook' });
    session.unload();
    writeFileSync(path.join(folder, 'unreadable'), '');
    const reading = session.readAgain();
    const switching = session.switch('disable', [1]);
    await expect(reading).rejects.toMatchObject({ code: 'codebook-damaged' });
    await switching;
    expect(session.codebook?.head.live).toBe(1);
  });
});
