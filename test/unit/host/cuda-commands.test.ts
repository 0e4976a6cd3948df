import type * as vscode from 'vscode';
import { beforeEach, expect, it, vi } from 'vitest';

import { CudaCommands } from '../../../src/host/model/cuda-commands.ts';
import { Notifier } from '../../../src/host/notify.ts';
import type { Session } from '../../../src/host/session.ts';
import { fake, resetFake, runCommand, texts } from '../../support/fake-vscode.ts';

vi.mock('vscode', () => import('../../support/fake-vscode.ts'));

let calls: string[];
let bytes: number;

beforeEach(() => {
  resetFake();
  calls = [];
  bytes = 3e8;
  const state = { installed: true, folder: '/cache/cuda', bytes: 3e8 };
  const engine = {
    cudaOffer: () => Promise.resolve({ version: '1', host: 'packages.example', bytes: 3e8, folder: '/cache/cuda' }),
    downloadCuda: (_: null, { onProgress }: { readonly onProgress: (value: unknown) => void }) => {
      calls.push('download');
      onProgress({ done: 1.5e8, of: 3e8 });
      return Promise.resolve(state);
    },
    removeCuda: () => Promise.resolve({ ...state, installed: false, bytes }),
  };
  const session = {
    engine: { start: () => engine },
    restart: () => {
      calls.push('restart');
      return Promise.resolve();
    },
  };
  const log = { error: () => undefined, show: () => undefined } as unknown as vscode.LogOutputChannel;
  new CudaCommands(session as unknown as Session, new Notifier(log));
});

it('asks, naming size and origin, before it downloads; then the engine is started anew and the device offered', async () => {
  fake.answer = ({ choices }) => choices[0];
  await runCommand('grace.downloadCuda');
  expect(fake.asked[0]).toMatchObject({
    kind: 'information',
    modal: true,
    text: 'Download 300 MB from packages.example?',
    options: { detail: expect.stringContaining('/cache/cuda') as string },
  });
  expect(calls).toEqual(['download', 'restart']);
  expect(fake.progress[0]!.reports).toEqual([{ message: '150 MB of 300 MB', increment: 50 }]);
  expect(fake.configuration.get('grace.model.device')).toBe('cuda');
});

it('downloads nothing unless the person says so', async () => {
  await runCommand('grace.downloadCuda');
  expect(calls).toEqual([]);
});

it('takes them away, and says so where there are none', async () => {
  await runCommand('grace.removeCuda');
  bytes = 0;
  await runCommand('grace.removeCuda');
  expect(calls).toEqual(['restart']);
  expect(texts('information')).toEqual([
    "CUDA's libraries are gone; 300 MB are free.",
    "CUDA's libraries are not on this machine.",
  ]);
});
