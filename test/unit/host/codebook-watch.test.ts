import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type * as vscode from 'vscode';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { CodebookWatch } from '../../../src/host/codebook/codebook-watch.ts';
import { Notifier } from '../../../src/host/notify.ts';
import type { Session } from '../../../src/host/session.ts';
import { EventEmitter } from '../../support/fake-vscode.ts';

vi.mock('vscode', () => import('../../support/fake-vscode.ts'));

const log = { error: () => undefined } as unknown as vscode.LogOutputChannel;

let folder: string;
let journal: string;
let changed: EventEmitter<void>;
let status: 'running' | 'stopped' | 'crashed';
let reads: number;
let whileReading: () => void;
let watch: CodebookWatch;

const become = (next: typeof status): void => {
  status = next;
  changed.fire();
};
/** Time for two looks that find the same, and for one more. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1600);

beforeEach(() => {
  vi.useFakeTimers();
  folder = mkdtempSync(path.join(tmpdir(), 'grace-watch-'));
  journal = path.join(folder, 'edits.jsonl');
  writeFileSync(journal, '{"op":"edit"}\n');
  changed = new EventEmitter<void>();
  [status, reads, whileReading] = ['running', 0, () => undefined];
  const session = {
    get engine() {
      return { status };
    },
    codebook: { head: { folder } },
    onDidChange: changed.event,
    readAgain: () => {
      reads++;
      become('running');
      whileReading();
      become('stopped');
      return Promise.resolve();
    },
  } as unknown as Session;
  watch = new CodebookWatch(session, new Notifier(log));
  become('running');
});

afterEach(() => {
  watch.dispose();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

it('reads what another program wrote when nobody writes any more', async () => {
  appendFileSync(journal, '{"op":"disable"}\n');
  await settle();
  expect(reads, 'while an engine looks by itself').toBe(0);

  become('stopped');
  await settle();
  expect(reads, 'what it wrote before it ended').toBe(0);

  for (let line = 0; line < 8; line++) {
    appendFileSync(journal, '{"op":"enable"}\n');
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(reads, 'line after line').toBe(0);
  await settle();
  expect(reads).toBe(1);
  await settle();
  expect(reads, 'once').toBe(1);
});

it('reads once more what was written during the reading', async () => {
  become('stopped');
  whileReading = () => {
    whileReading = () => undefined;
    appendFileSync(journal, '{"op":"enable"}\n');
  };
  appendFileSync(journal, '{"op":"disable"}\n');
  await settle();
  await settle();
  expect(reads).toBe(2);
});

it('waits for a journal that is being put in place of another, and stops with the window', async () => {
  become('stopped');
  rmSync(journal);
  await settle();
  expect(reads).toBe(0);
  writeFileSync(journal, '');
  await settle();
  expect(reads).toBe(1);

  watch.dispose();
  appendFileSync(journal, '{"op":"enable"}\n');
  await settle();
  expect(reads).toBe(1);
});

it('leaves a codebook alone whose engine has crashed', async () => {
  become('crashed');
  appendFileSync(journal, '{"op":"enable"}\n');
  await settle();
  expect(reads).toBe(0);
});
