import type * as vscode from 'vscode';
import { beforeEach, expect, it, vi } from 'vitest';

import { CalibrateCommand } from '../../../src/host/calibration/calibrate-command.ts';
import { describeRouter } from '../../../src/host/calibration/router-words.ts';
import { CodebookLocator } from '../../../src/host/codebook/codebook-locator.ts';
import { Notifier } from '../../../src/host/notify.ts';
import type { PredictedRates } from '../../../src/protocol/calibration.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import type { OpenModel } from '../../../src/protocol/engine-api.ts';
import { CodebookSession, snapshot } from '../../support/codebook-session.ts';
import { fake, fakeContext, resetFake, runCommand } from '../../support/fake-vscode.ts';

vi.mock('vscode', () => import('../../support/fake-vscode.ts'));

const rates = (reworded: number, otherQuestion: number): PredictedRates => ({ reworded, otherQuestion });
const KINDS = [
  { kind: 'text', rates: { strict: rates(0.8, 0.99), balanced: rates(0.9, 0.96), loose: rates(0.95, 0.9) } },
] as const;
let session: CodebookSession;
let opened: string[];

beforeEach(() => {
  resetFake();
  opened = [];
  session = new CodebookSession(snapshot([]));
  session.calibration = { fingerprint: 'f', kinds: KINDS, measured: ['text'], file: '/cache/f', seconds: 61.4 };
  const log = { error: () => undefined, show: () => undefined } as unknown as vscode.LogOutputChannel;
  const context = fakeContext('/storage') as unknown as vscode.ExtensionContext;
  new CalibrateCommand({
    session: session.session,
    opener: {
      find: () => Promise.resolve({ model: '/models/other', device: 'auto' }),
      open: (_, model) => {
        opened.push(model);
        return Promise.resolve({} as OpenModel);
      },
    },
    locator: new CodebookLocator(context),
    notifier: new Notifier(log),
  });
});

const calls = (name: string): readonly unknown[] => session.calls.filter(([called]) => called === name);

it('calibrates, says what to expect, and makes a codebook that uses it', async () => {
  fake.answer = ({ kind, choices }) => (kind === 'information' ? choices[0] : undefined);
  await runCommand('grace.calibrate');
  expect(calls('calibrate')).toEqual([['calibrate', false]]);
  // Of many prompts within one hundredth, one is told.
  expect(fake.progress[0]!.reports).toMatchObject([
    { message: 'plain text: 0 %' },
    { message: expect.stringMatching(/^plain text: 50 %, about \d+ s left$/) as string },
  ]);
  const message = fake.asked[0]!.text;
  expect(message).toContain('90 % of rewordings fire, 96 % of other questions about the same subject do not');
  expect(message).toContain('keeps GRACE’s own router');
  expect(session.calls.at(-1)).toEqual(['useCodebook', '/storage/codebooks/biographies-2', undefined]);
});

it('measures what is known again only when asked to', async () => {
  session.model = { ...session.model, router: { inUse: 'two-part', calibrated: KINDS, missing: [] } };
  fake.answer = () => undefined;
  await runCommand('grace.calibrate');
  expect(calls('calibrate')).toEqual([]);
  fake.answer = ({ kind, choices }) => (kind === 'information' ? choices[0] : undefined);
  await runCommand('grace.calibrate');
  expect(calls('calibrate')).toEqual([['calibrate', true]]);
});

it('leaves models alone that the two-part router is not for, and opens the one whose codebook needs it', async () => {
  session.model = { ...session.model, description: { name: 'intents', kind: 'classifier' } };
  await runCommand('grace.calibrate');
  session.failure = new CodedError('not-calibrated', 'It is not calibrated.');
  await runCommand('grace.calibrate');
  expect([calls('calibrate'), opened]).toEqual([[], ['/models/other']]);
});

it('tells routers apart in words', () => {
  const words = [
    describeRouter({ inUse: 'two-part', calibrated: KINDS, missing: [] }),
    describeRouter({ inUse: 'two-part', calibrated: KINDS, missing: ['chat'] }),
    describeRouter({ inUse: 'grace', calibrated: [], missing: ['text'] }),
    describeRouter({ inUse: 'grace', calibrated: KINDS, missing: [] }),
    describeRouter({ inUse: 'grace', calibrated: [], missing: [] }),
  ];
  expect(new Set(words).size).toBe(5);
});
