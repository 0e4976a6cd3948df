import type * as vscode from 'vscode';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Notifier } from '../../../src/host/notify.ts';
import { EditTests } from '../../../src/host/testing/edit-tests.ts';
import type { CodebookSnapshot } from '../../../src/protocol/codebook-snapshot.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import { NO_DECISION } from '../../../src/protocol/decision.ts';
import type { PromptTest } from '../../../src/protocol/edit-test.ts';
import { CodebookSession, item, snapshot } from '../../support/codebook-session.ts';
import { resetFake, texts } from '../../support/fake-vscode.ts';
import {
  CancellationTokenSource,
  explorer,
  type FakeTestItem,
  type FakeTestRequest,
  type FakeTestRun,
} from '../../support/fake-vscode-testing.ts';

vi.mock('vscode', async () => ({
  ...(await import('../../support/fake-vscode.ts')),
  ...(await import('../../support/fake-vscode-testing.ts')),
}));

const NEAR = { entry: 1, edit: 2, distance: 3, radius: 1 };
const result = (role: PromptTest['role'], at: number, more: Partial<PromptTest> = {}): PromptTest => ({
  ...{ role, at, prompt: { kind: 'text', text: `asks ${role}` }, expected: 'yes', output: 'yes', outcome: 'holds' },
  ...{ supersededBy: null, decision: { ...NO_DECISION, nearest: NEAR }, seconds: 0.5 },
  ...more,
});
const FAILED = result('probe', 0, { outcome: 'fails', expected: 'as before\n', output: ' other\u001b[31m' });

describe('the Test Explorer', () => {
  let edits: EditTests;
  let session: CodebookSession;
  let opened: number;

  function start(...items: ReturnType<typeof item>[]): void {
    startWith(snapshot(items));
  }

  function startWith(codebook: CodebookSnapshot): void {
    session = new CodebookSession(codebook);
    session.tested = [result('prompt', 0), FAILED];
    session.probes = [{ prompt: { kind: 'text', text: 'asks probe' }, answer: 'as before', maxTokens: 48 }];
    const log = { error: () => undefined, show: () => undefined } as unknown as vscode.LogOutputChannel;
    opened = 0;
    edits = new EditTests({
      session: session.session,
      notifier: new Notifier(log),
      showCodebook: () => {
        opened++;
        return Promise.resolve();
      },
    });
  }

  beforeEach(() => {
    resetFake();
    start(item(1), item(2, { state: 'disabled' }), item(3, { title: 'named' }));
  });
  afterEach(() => {
    edits.dispose();
    vi.useRealTimers();
  });

  const all = (): readonly FakeTestItem[] => [...explorer.controller.items].map(([, test]) => test);
  const find = (edit: number): FakeTestItem => all().find(({ id }) => id.endsWith(` ${edit}`))!;
  const children = (test: FakeTestItem): readonly FakeTestItem[] => [...test.children].map(([, child]) => child);
  const calls = (name: string): readonly unknown[] => session.calls.filter(([called]) => called === name);
  async function run(request: FakeTestRequest = {}, source = new CancellationTokenSource()): Promise<FakeTestRun> {
    await explorer.controller.handler!(request, source.token);
    return explorer.controller.runs.at(-1)!;
  }

  it('names the label that an edit of a classifier has to give', () => {
    edits.dispose();
    const model = { name: 'intents', architecture: 'BertForSequenceClassification', fingerprint: 'f' };
    startWith(snapshot([item(1, { target: 'lost_card' }), item(2, { state: 'disabled' })], { model }));
    expect(all().map(({ description }) => description)).toEqual([
      '→ lost_card, Edit 1',
      '→ target 2, Edit 2, Disabled',
    ]);
  });

  it('has a test for each edit, and its prompts once it is opened', async () => {
    expect(all().map(({ label, description }) => [label, description])).toEqual([
      ['Prompt 1', 'Edit 1'],
      ['Prompt 2', 'Edit 2, Disabled'],
      ['named', 'Edit 3'],
    ]);
    expect([session.calls, find(1).canResolveChildren, find(1).children.size]).toEqual([[], true, 0]);
    await explorer.controller.resolveHandler!(find(1));
    expect(children(find(1)).map(({ id, label, description }) => [id, label, description])).toEqual([
      ['prompt 0', 'Prompt 1', 'Prompt'],
      ['probe 0', 'asks probe', 'Probe 1'],
    ]);
    expect(find(1).uri!.scheme).toBe('grace-edit');
    await explorer.controller.resolveHandler!(undefined);
    expect(opened).toBe(1);
  });

  it('asks nothing of the engine for thousands of edits that nobody looks at', () => {
    start(...Array.from({ length: 5000 }, (_, at) => item(at + 1)));
    expect(all()).toHaveLength(5000);
    session.become(snapshot(session.codebook!.items.map((each) => (each.edit === 7 ? { ...each, title: 'x' } : each))));
    expect([all().length, find(7).label, session.calls]).toEqual([5000, 'x', []]);
  });

  it('keeps its tests when the codebook changes, and follows it', async () => {
    await explorer.controller.resolveHandler!(find(1));
    const [one, prompts] = [find(1), children(find(1))];
    session.become(snapshot([item(1, { title: 'new name' }), item(4)]));
    expect(all().map(({ label }) => label)).toEqual(['new name', 'Prompt 4']);
    expect([find(1), ...children(find(1))]).toEqual([one, ...prompts]);
    expect(explorer.controller.invalidated).toBe(1);
    session.become(snapshot([item(1), item(4)]));
    expect(explorer.controller.invalidated).toBe(1); // a name changes no answer
    session.become(snapshot([item(1)], { folder: '/other' }));
    expect(find(1)).not.toBe(one);
    session.become(null);
    expect(all()).toEqual([]);
  });

  it('runs all, shows what is other than expected and why, and skips disabled edits with a word', async () => {
    const done = await run();
    expect(done.results).toEqual([
      ...['passed 1/prompt 0', 'failed 1/probe 0', 'skipped 2'],
      ...['passed 3/prompt 0', 'failed 3/probe 0'],
    ]);
    expect(done.events.slice(0, 2)).toEqual(['started 1/prompt 0', 'started 1/probe 0']);
    expect(calls('test')).toEqual([['test', 1, undefined], ['test', 3, undefined]]); // prettier-ignore
    expect(done.messages[0]).toMatchObject({
      message: expect.stringMatching(/before the edit\. No edit fired; nearest is edit 2, 2 outside/) as string,
      expectedOutput: 'as before',
      location: { uri: { scheme: 'grace-edit' } },
    });
    expect(done.output).toContain('✓ Edit 1, Prompt: asks prompt\r\n');
    expect(done.output).toContain('✗ Edit 1, Probe 1: asks probe\r\n  - as before');
    expect(done.output).toContain('– Edit 2 is skipped: Disabled.\r\n');
    expect(done.output).not.toContain('\u001b');
    expect(done.ended).toBe(true);
  });

  it('runs some edits, or some prompts, without those that are left out', async () => {
    expect((await run({ include: [find(3)] })).results).toEqual(['passed 3/prompt 0', 'failed 3/probe 0']);
    const [prompt, probe] = children(find(3));
    session.tested = [FAILED];
    await run({ include: [probe!] });
    await run({ include: [find(3)], exclude: [prompt!] });
    await run({ exclude: [find(1), find(2), prompt!] });
    expect(calls('test').slice(1)).toEqual(Array(3).fill(['test', 3, [{ role: 'probe', at: 0 }]]));
    session.tested = [];
    await run({ include: [probe!, find(3)] });
    expect(calls('test').at(-1)).toEqual(['test', 3, undefined]);
  });

  it('skips what a later edit was made for', async () => {
    session.tested = [result('prompt', 0, { outcome: 'superseded', supersededBy: 3 })];
    const done = await run({ include: [find(1)] });
    expect(done.results).toEqual(['skipped 1/prompt 0']);
    expect(done.output).toContain('not asked, edit 3 was made for it later.');
  });

  it('goes on behind an edit that cannot be tested, but not without a model', async () => {
    start(item(1, { state: 'damaged' }), item(2));
    const done = await run();
    expect(done.results).toEqual(['errored 1', 'passed 2/prompt 0', 'failed 2/probe 0']);
    expect(done.messages[0]!.message).toBe('The vectors of edit 1 cannot be read.');
    session.failure = new CodedError('model-not-found', 'There is no such model.', 'Choose another one.');
    const other = await run();
    expect(other.results).toEqual(['errored 1']);
    expect([other.ended, texts('error')]).toEqual([true, ['There is no such model. Choose another one.']]);
  });

  it('tests nothing in another codebook that its model was opened with', async () => {
    session.required = () => { session.codebook = snapshot([item(1)], { folder: '/other' }); }; // prettier-ignore
    const done = await run({ include: [find(1)] });
    expect([done.results, calls('test')]).toEqual([['errored 1'], []]);
    expect(done.messages[0]!.message).toContain('Another codebook');
  });

  it('ends when it is called off, by the request or by its own button', async () => {
    for (const cancel of [(source: CancellationTokenSource) => { source.cancel(); }, () => { explorer.controller.runs.at(-1)!.cancel(); }]) {
      start(item(1), item(2));
      const source = new CancellationTokenSource();
      let open = (): void => undefined;
      session.gate = new Promise((resolve) => { open = resolve; });
      const running = run({}, source);
      await new Promise(setImmediate);
      cancel(source);
      open();
      const done = await running;
      expect([done.ended, calls('test').length]).toEqual([true, 1]);
      expect(done.results.filter((each) => each.includes(' 2'))).toEqual([]);
    }
  }); // prettier-ignore

  it('runs by itself after each change: first what has changed, then the rest; and begins again on the next one', async () => {
    vi.useFakeTimers();
    const source = new CancellationTokenSource();
    await explorer.controller.handler!({ continuous: true }, source.token);
    expect([explorer.controller.supportsContinuousRun, explorer.controller.runs]).toEqual([true, []]);
    session.become(snapshot([item(1), item(3, { title: 'named' }), item(4)]));
    session.become(snapshot([item(1), item(3, { title: 'named' }), item(4), item(5)]));
    await vi.advanceTimersByTimeAsync(1000);
    expect(explorer.controller.runs).toHaveLength(1);
    expect(calls('test').map((call) => (call as unknown[])[1])).toEqual([4, 5, 1, 3]);
    session.become(snapshot([item(1), item(3, { radius: 9 }), item(4), item(5)]));
    await vi.advanceTimersByTimeAsync(1000);
    expect(calls('test').slice(4).map((call) => (call as unknown[])[1])).toEqual([3, 1, 4, 5]); // prettier-ignore
    source.cancel();
    session.become(snapshot([]));
    await vi.advanceTimersByTimeAsync(1000);
    expect(explorer.controller.runs).toHaveLength(2);
  });
});
