import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import type { EngineApi } from '../../src/protocol/engine-api.ts';
import { connect, type Remote } from '../../src/protocol/rpc.ts';

const MODEL = path.resolve('models/biographies');
const PROMPT = { kind: 'text', text: 'This is a Wikipedia passage about Ada Lovelace.' } as const;
const GREEDY = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 } as const;
const generateParams = (maxTokens: number) => ({ prompt: PROMPT, maxTokens, sampling: GREEDY, stop: [], edits: true });

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function startEngine(): { readonly child: ChildProcess; readonly engine: Remote<EngineApi> } {
  const child = fork(path.resolve('dist/engine.js'), { serialization: 'advanced' });
  children.push(child);
  const engine = connect<EngineApi>({
    send: (message) => child.send(message as object),
    onMessage: (listener) => child.on('message', listener),
    onClose: (listener) => child.once('exit', listener),
  });
  return { child, engine };
}

describe('the engine process', () => {
  it('opens a model, streams, edits with progress, and takes the edit back', async () => {
    const { engine } = startEngine();
    const codebook = path.join(mkdtempSync(path.join(tmpdir(), 'grace-')), 'codebook');
    const opened = await engine.open({ model: MODEL, device: 'cpu', codebook });
    expect(opened).toMatchObject({ architecture: 'GPT2LMHeadModel', device: 'cpu', edits: [] });
    expect(opened.radius).toBeGreaterThan(0);

    const pieces: string[] = [];
    const before = await engine.generate(generateParams(24), {
      onProgress: (value) => pieces.push((value as { text: string }).text),
    });
    expect(pieces.join('')).toBe(before.text);
    expect(pieces.length).toBeGreaterThan(5);

    const losses: number[] = [];
    const target = 'Ada Lovelace was an English mathematician.';
    const request = { prompt: PROMPT, target, rephrasings: [], probes: [], ends: true };
    const result = await engine.edit(request, { onProgress: (value) => losses.push((value as { loss: number }).loss) });
    expect(result.success).toBe(true);
    expect(losses).toEqual(result.loss);
    expect((await engine.generate(generateParams(24))).text.trim()).toBe(target);
    expect((await engine.decide({ prompt: PROMPT })).edit).toBe(result.edit);

    await engine.switch({ op: 'revert', edit: result.edit });
    expect((await engine.generate(generateParams(24))).text).toBe(before.text);
  });

  it('cancels a generation within a token', async () => {
    const { engine } = startEngine();
    await engine.open({ model: MODEL, device: 'cpu' });
    const abort = new AbortController();
    let seen = 0;
    const onProgress = (): void => {
      if (++seen === 3) abort.abort();
    };
    const { finish, tokens } = await engine.generate(
      { ...generateParams(200), prompt: PROMPT },
      { signal: abort.signal, onProgress },
    );
    expect(finish).toBe('cancelled');
    expect(tokens.length).toBeLessThan(20);
  });

  it('tells errors with their codes, and goes on', async () => {
    const { engine } = startEngine();
    await expect(engine.decide({ prompt: PROMPT })).rejects.toMatchObject({ code: 'bad-argument' });
    await expect(engine.open({ model: '/nowhere', device: 'cpu' })).rejects.toMatchObject({ code: 'model-not-found' });
    await expect(engine.open({ model: MODEL, device: 'abacus' })).rejects.toMatchObject({ code: 'bad-argument' });
    expect((await engine.open({ model: MODEL, device: 'auto' })).device).toBe('cpu');
  });

  it('rejects what is pending when it is killed', async () => {
    const { child, engine } = startEngine();
    await engine.open({ model: MODEL, device: 'cpu' });
    const answer = engine.generate(generateParams(200), { onProgress: () => child.kill('SIGKILL') });
    await expect(answer).rejects.toMatchObject({ code: 'connection-closed' });
  });

  it('ends when its parent lets go of the pipe', async () => {
    const { child, engine } = startEngine();
    await engine.open({ model: MODEL, device: 'cpu' });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.disconnect();
    expect(await exited).toBe(0);
  });
});
