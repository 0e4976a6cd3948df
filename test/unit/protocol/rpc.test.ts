import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';

import { CodedError } from '../../../src/protocol/coded-error.ts';
import { connect, type Channel } from '../../../src/protocol/rpc.ts';

/** Two ends that pass structured clones, later than they are sent, as processes do. */
function pair(): readonly [Channel & { close(): void }, Channel & { close(): void }] {
  const ends = [new EventEmitter(), new EventEmitter()] as const;
  const channel = (own: EventEmitter, other: EventEmitter): Channel & { close(): void } => ({
    send: (message) => setImmediate(() => other.emit('message', structuredClone(message))),
    onMessage: (listener) => own.on('message', listener),
    onClose: (listener) => own.once('close', listener),
    close: () => {
      [own, other].forEach((end) => end.emit('close'));
    },
  });
  return [channel(ends[0], ends[1]), channel(ends[1], ends[0])];
}

interface Api {
  add(params: { readonly a: number; readonly b: number }): number;
  fail(params: null): never;
  wait(params: null): string;
}

const handlers = {
  add: ({ a, b }: { a: number; b: number }, { progress }: { progress: (value: unknown) => void }) => {
    progress('adding');
    return a + b;
  },
  fail: () => {
    throw new CodedError('edit-unknown', 'There is no edit 7.', 'List them.', { edit: 7 });
  },
  wait: (_: null, { signal }: { signal: AbortSignal }) =>
    new Promise<string>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve('cancelled');
      });
    }),
};

describe('connect', () => {
  it('answers calls and passes progress on', async () => {
    const [here, there] = pair();
    connect(there, handlers);
    const seen: unknown[] = [];
    const remote = connect<Api>(here);
    expect(await remote.add({ a: 2, b: 3 }, { onProgress: (value) => seen.push(value) })).toBe(5);
    expect(seen).toEqual(['adding']);
  });

  it('carries errors over with their codes', async () => {
    const [here, there] = pair();
    connect(there, handlers);
    const remote = connect<Api & { missing(params: null): null }>(here);
    await expect(remote.fail(null)).rejects.toMatchObject({
      code: 'edit-unknown',
      advice: 'List them.',
      data: { edit: 7 },
    });
    await expect(remote.missing(null)).rejects.toMatchObject({ code: 'bad-argument' });
  });

  it('cancels', async () => {
    const [here, there] = pair();
    connect(there, handlers);
    const abort = new AbortController();
    const answer = connect<Api>(here).wait(null, { signal: abort.signal });
    abort.abort();
    expect(await answer).toBe('cancelled');
  });

  it('rejects what is pending when the other side goes away, and everything after', async () => {
    const [here, there] = pair();
    connect(there, handlers);
    const remote = connect<Api>(here);
    const answer = remote.wait(null);
    here.close();
    await expect(answer).rejects.toMatchObject({ code: 'connection-closed' });
    await expect(remote.add({ a: 1, b: 1 })).rejects.toMatchObject({ code: 'connection-closed' });
  });

  it('ignores what is no message', async () => {
    const [here, there] = pair();
    connect(there, handlers);
    const remote = connect<Api>(here);
    for (const noise of [null, 7, 'call', {}, { kind: 'ok' }, { kind: 'ok', id: 99 }]) there.send(noise);
    expect(await remote.add({ a: 1, b: 1 })).toBe(2);
  });

  it('gives each call its own answer, in whatever order answers come, and when some never do', async () => {
    const listeners: ((message: unknown) => void)[] = [];
    const calls: { readonly id: number; readonly params: { readonly a: number; readonly b: number } }[] = [];
    const remote = connect<Api>({
      send: (message) => calls.push(message as (typeof calls)[number]),
      onMessage: (listener) => listeners.push(listener),
      onClose: () => undefined,
    });
    const answers = [1, 2, 3].map((a) => remote.add({ a, b: 10 }));
    const [first, , third] = calls;
    for (const { id, params } of [third!, first!, third!]) {
      for (const listener of listeners) listener({ kind: 'ok', id, value: params.a + params.b });
    }
    expect(await answers[0]).toBe(11);
    expect(await answers[2]).toBe(13);
    const lost = await Promise.race([answers[1], Promise.resolve('still open')]);
    expect(lost).toBe('still open');
  });
});
