import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type * as vscode from 'vscode';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CodebookNode } from '../../../src/host/codebook/codebook-shape.ts';
import { CodebookExplorer } from '../../../src/host/codebook/codebook-explorer.ts';
import { CodebookLocator } from '../../../src/host/codebook/codebook-locator.ts';
import { UNDO_OFFER } from '../../../src/host/codebook/pending-reverts.ts';
import { FireCounts } from '../../../src/host/fire-counts.ts';
import { Notifier } from '../../../src/host/notify.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import type { CodebookSnapshot } from '../../../src/protocol/codebook-snapshot.ts';
import type { Prompt } from '../../../src/protocol/prompt.ts';
import { CodebookSession, item, snapshot } from '../../support/codebook-session.ts';
import {
  fake,
  fakeContext,
  FakeMemento,
  type FakeTreeView,
  resetFake,
  runCommand,
  texts,
  Uri,
  type Asked,
} from '../../support/fake-vscode.ts';

vi.mock('vscode', () => import('../../support/fake-vscode.ts'));

interface Row {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly contextValue: string;
  readonly iconPath: { readonly id: string };
  readonly checkboxState?: { readonly state: number };
  readonly collapsibleState: number;
  readonly accessibilityInformation: { readonly label: string };
  tooltip?: { readonly value: string; readonly isTrusted: boolean | undefined; readonly supportHtml: boolean };
}

interface Provider {
  getChildren(node?: CodebookNode): CodebookNode[];
  getTreeItem(node: CodebookNode): Row;
  getParent(node: CodebookNode): CodebookNode | undefined;
  resolveTreeItem(row: Row, node: CodebookNode): Promise<Row>;
  onDidChangeTreeData(listener: (nodes: readonly CodebookNode[] | undefined) => void): void;
}

let home: string;
let workspaceState: FakeMemento;
let globalState: FakeMemento;
let explorer: CodebookExplorer;
let counts: FireCounts;
let tried: Prompt[];
let logged: unknown[];

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'grace-explorer-'));
  resetFake();
  [workspaceState, globalState] = [new FakeMemento(), new FakeMemento()];
});
afterEach(() => {
  explorer.dispose();
  vi.useRealTimers();
  rmSync(home, { recursive: true, force: true });
});

function start(codebook: CodebookSnapshot | null): CodebookSession {
  const session = new CodebookSession(codebook);
  open(session);
  return session;
}

function open(session: CodebookSession): void {
  const context = fakeContext(home, workspaceState, globalState) as unknown as vscode.ExtensionContext;
  tried = [];
  logged = [];
  const log = { error: (entry: unknown) => logged.push(entry), show: () => undefined };
  const notifier = new Notifier(log as unknown as vscode.LogOutputChannel);
  const bench = { showPrompt: (prompt: Prompt) => Promise.resolve(void tried.push(prompt)) };
  counts = new FireCounts(context.globalState);
  explorer = new CodebookExplorer(context, session.session, counts, new CodebookLocator(context), bench, notifier);
}

const view = (): FakeTreeView<unknown> => fake.views.get('grace.codebook')!;
const provider = (): Provider => view().options['treeDataProvider'] as Provider;
const rows = (node?: CodebookNode): readonly Row[] => provider().getChildren(node).map((child) => provider().getTreeItem(child)); // prettier-ignore
const labels = (node?: CodebookNode): readonly string[] => rows(node).map(({ label }) => label);
const nodes = (...edits: readonly number[]): readonly CodebookNode[] =>
  provider().getChildren().filter((node) => node.kind === 'edit' && edits.includes(node.edit)); // prettier-ignore

/** Ticks or unticks rows, as the person does with one click or with several rows selected. */
function tick(checked: boolean, ...edits: readonly number[]): void {
  view().checked.fire({ items: nodes(...edits).map((node) => [node, checked ? 1 : 0] as const) });
}

/** Lets everything run that waits for nothing else. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

/** Chooses the button, or the row, that begins with a text. */
const choose =
  (...beginnings: readonly string[]) =>
  ({ choices }: Asked): unknown =>
    choices.find((choice) => {
      const label = typeof choice === 'string' ? choice : (choice as { readonly label: string }).label;
      return beginnings.some((beginning) => label.startsWith(beginning));
    });

const chooseAll = ({ kind, choices }: Asked): unknown => (kind === 'pick' ? choices : undefined);

describe('the tree', () => {
  it('lists edits newest first, with what a row needs', () => {
    start(snapshot([item(1), item(2, { title: 'Name', state: 'disabled' }), item(3, { state: 'damaged' })]));
    expect(labels()).toEqual(['Prompt 3', 'Name', 'Prompt 1']);
    const [damaged, disabled, live] = rows();
    expect([damaged, disabled, live].map((row) => row!.contextValue)).toEqual([
      'edit damaged',
      'edit disabled',
      'edit live',
    ]);
    expect(new Set([damaged, disabled, live].map((row) => row!.iconPath.id)).size).toBe(3);
    expect(live!.description).toMatch(/^→ target 1 · radius 1 · never fired · .* ago$/);
    expect(live).toMatchObject({ checkboxState: { state: 1 } });
    expect(disabled).toMatchObject({ checkboxState: { state: 0 } });
    expect(damaged!.checkboxState).toBeUndefined();
    expect(live!.accessibilityInformation.label).toMatch(
      /^Edit 1, Live: Prompt 1; answer: target 1, radius 1, never fired, .* ago$/,
    );
  });

  it('shows texts of models as texts', async () => {
    const hostile = '[click](command:evil) <img src=x> **b**\u202e';
    start(snapshot([item(1, { prompt: hostile, tags: [hostile] })]));
    const [node] = nodes(1);
    const [row] = rows();
    const { tooltip } = await provider().resolveTreeItem(row!, node!);
    expect(tooltip!.value).not.toMatch(/(?<!\\)[[<]|\u202e/);
    expect(tooltip).toMatchObject({ supportHtml: false });
    expect(tooltip!.isTrusted).toBeUndefined();
    expect(row!.label).not.toContain('\u202e');
  });

  it('tells the note only while the engine runs', async () => {
    const session = start(snapshot([item(1, { annotated: true })]));
    const tooltip = async (): Promise<string> =>
      (await provider().resolveTreeItem(rows()[0]!, nodes(1)[0]!)).tooltip!.value;
    expect(await tooltip()).toContain('note 1');
    session.engine.running = undefined;
    expect(await tooltip()).not.toContain('note 1');
  });

  it('counts live edits on its badge and names the codebook', () => {
    const session = start(snapshot([item(1), item(2, { state: 'disabled' })]));
    expect(view().badge).toEqual({ value: 1, tooltip: '1 live edit' });
    expect(view().description).toBe('biographies');
    session.become(snapshot([], { readOnly: 'Process 7 writes to it.', notices: ['Line 3 was left out.'] }));
    expect(view().badge).toBeUndefined();
    expect(view().description).toBe('biographies, read-only');
    expect(view().message).toBe('Process 7 writes to it. Line 3 was left out.');
  });

  it('says when it was read again, until the next change', async () => {
    const session = start(snapshot([item(1)]));
    session.reread(snapshot([item(1), item(2)], { revision: 2 }));
    expect(view().message).toMatch(/^Read again: changed by another program at /);
    expect(labels()).toEqual(['Prompt 2', 'Prompt 1']);
    tick(false, 1);
    await settle();
    expect(view().message).toBe('');
  });

  it.each([
    ['Oldest first', ['Prompt 1', 'Prompt 2', 'A']],
    ['Fired most', ['Prompt 2', 'A', 'Prompt 1']],
    ['By name', ['A', 'Prompt 1', 'Prompt 2']],
    ['Largest radius', ['Prompt 1', 'A', 'Prompt 2']],
  ])('sorts: %s', async (order, expected) => {
    start(snapshot([item(1, { radius: 3 }), item(2), item(3, { title: 'A', radius: 2 })]));
    counts.add('/codebooks/biographies', 2);
    fake.answer = choose(order);
    await runCommand('grace.codebook.sort');
    expect(labels()).toEqual(expected);
  });

  it.each([
    ['By entry', ['Entry of edit 1', 'Entry of edit 2', 'No entry fires']],
    ['By tag', ['a', 'b', 'No tag']],
    ['By state', ['Live', 'Orphaned', 'Disabled']],
    ['Never fired', ['Never fired', 'Has fired']],
    ['Only live', ['Prompt 2', 'Prompt 1']],
    ['Only edits that never', ['Prompt 3', 'Prompt 1']],
    ['By date', [new Date('2026-01-02T03:04:05Z').toLocaleDateString('en', { dateStyle: 'full' })]],
  ])('groups: %s', async (grouping, expected) => {
    const orphan = item(2, { state: 'orphaned', tags: ['a', 'b'], entry: '1' });
    start(snapshot([item(1, { tags: ['b'], entry: '2' }), orphan, item(3, { state: 'disabled', entry: null })]));
    counts.add('/codebooks/biographies', 2);
    fake.answer = choose(grouping);
    await runCommand('grace.codebook.group');
    expect(labels()).toEqual(expected);
    const ids = provider().getChildren().flatMap((root) => [root, ...provider().getChildren(root)]).map(({ id }) => id); // prettier-ignore
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('cuts long lists into pages, and refreshes one row when one edit is switched', async () => {
    const session = start(snapshot(Array.from({ length: 10_000 }, (_, at) => item(at + 1))));
    expect(provider().getChildren()).toHaveLength(20);
    expect(labels().slice(0, 2)).toEqual(['1–500', '501–1000']);
    const [first] = provider().getChildren();
    expect(provider().getChildren(first)).toHaveLength(500);
    const fired: (readonly CodebookNode[] | undefined)[] = [];
    provider().onDidChangeTreeData((changed) => fired.push(changed));
    const row = provider().getChildren(first)[0]!;
    view().checked.fire({ items: [[row, 0]] });
    await settle();
    expect(session.state(10_000)).toBe('disabled');
    expect(fired.length).toBeGreaterThan(0);
    for (const changed of fired) expect(changed).toEqual([row]);
  });

  it('finds an edit on its page', async () => {
    start(snapshot(Array.from({ length: 1200 }, (_, at) => item(at + 1))));
    await explorer.revealEdit(1);
    const [revealed] = view().revealed as [CodebookNode];
    expect(revealed).toMatchObject({ kind: 'edit', edit: 1 });
    expect(provider().getParent(revealed)).toBe(provider().getChildren()[2]);
  });

  it('opens the codebook that was used last when it is seen, not before', async () => {
    const folder = path.join(home, 'codebooks', 'biographies');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'codebook.json'), '{}');
    void workspaceState.update('grace.codebook.last', folder);
    const session = start(null);
    expect(fake.contexts.get('grace.codebookOpen')).toBe(false);
    expect(session.calls).toEqual([]);
    session.failure = new CodedError('codebook-damaged', 'It is damaged.', 'Mend it.');
    view().show();
    await vi.waitFor(() => { expect(view().message).toBe('The codebook biographies could not be opened. It is damaged. Mend it.'); }); // prettier-ignore
    view().show();
    await vi.waitFor(() => { expect(fake.contexts.get('grace.codebookOpen')).toBe(true); }); // prettier-ignore
    expect(view().message).toBe('');
  });
});

describe('checkboxes', () => {
  it('switch several edits in one call', async () => {
    const session = start(snapshot([item(1), item(2), item(3)]));
    let switched = 0;
    explorer.onDidSwitch(() => switched++);
    tick(false, 1, 3);
    await settle();
    expect(session.calls).toEqual([['switch', 'disable', [1, 3]]]);
    expect(switched).toBe(1);
    expect(view().badge?.value).toBe(1);
  });

  it('show at once what was asked for', async () => {
    const session = start(snapshot([item(1)]));
    let release = (): void => undefined;
    session.gate = new Promise((resolve) => { release = resolve; }); // prettier-ignore
    tick(false, 1);
    expect(rows()[0]).toMatchObject({ contextValue: 'edit disabled', checkboxState: { state: 0 } });
    tick(true, 1);
    expect(rows()[0]).toMatchObject({ contextValue: 'edit live' });
    release();
    await settle();
    expect(session.calls).toEqual([['switch', 'disable', [1]], ['switch', 'enable', [1]]]); // prettier-ignore
    expect(session.state(1)).toBe('live');
  });

  it('go back when the engine refuses, and say why', async () => {
    const session = start(snapshot([item(1)]));
    session.failure = new CodedError('codebook-read-only', 'Process 7 writes to it.', 'Close it there.');
    let refreshed = 0;
    provider().onDidChangeTreeData(() => refreshed++);
    tick(false, 1);
    await settle();
    expect(rows()[0]).toMatchObject({ checkboxState: { state: 1 } });
    expect(refreshed).toBe(2);
    expect(texts('error')).toEqual(['Process 7 writes to it. Close it there.']);
  });
});

describe('revert', () => {
  const [first] = [{ kind: 'edit', id: '/1', edit: 1, parent: undefined } as const];

  it('disables at once, and writes the revert when the message is closed', async () => {
    vi.useFakeTimers();
    let close = (): void => undefined;
    const closed = new Promise<undefined>((resolve) => { close = () => { resolve(undefined); }; }); // prettier-ignore
    const session = start(snapshot([item(1), item(2)]));
    fake.answer = () => closed;
    await runCommand('grace.edit.revert', first);
    expect(labels()).toEqual(['Prompt 2']);
    expect(session.state(1)).toBe('disabled');
    expect(texts('information')).toEqual(['Edit 1 reverted.']);
    close();
    await settle();
    expect(session.state(1)).toBeUndefined();
    expect(session.calls).toEqual([['switch', 'disable', [1]], ['switch', 'revert', [1]]]); // prettier-ignore
    await vi.advanceTimersByTimeAsync(UNDO_OFFER * 2);
    expect(session.calls).toHaveLength(2);
    expect(texts('error')).toEqual([]);
  });

  it('writes the revert after a while', async () => {
    vi.useFakeTimers();
    const session = start(snapshot([item(1)]));
    let undo = (): void => undefined;
    const clicked = new Promise<string>((resolve) => { undo = () => { resolve('Undo'); }; }); // prettier-ignore
    fake.answer = () => clicked;
    await runCommand('grace.edit.revert', first);
    await vi.advanceTimersByTimeAsync(UNDO_OFFER);
    expect(session.state(1)).toBeUndefined();
    undo();
    await settle();
    expect(texts('warning')).toEqual(['Edit 1 cannot be brought back any more: the revert is written.']);
  });

  it('comes back exactly when it is undone', async () => {
    const session = start(snapshot([item(1), item(2, { state: 'disabled' })]));
    const before = session.codebook!.items;
    fake.answer = choose('Undo');
    await runCommand('grace.edit.revert', first, nodes(1, 2));
    await settle();
    expect(session.codebook!.items).toEqual(before);
    expect(labels()).toEqual(['Prompt 2', 'Prompt 1']);
    expect(session.calls).toEqual([['switch', 'disable', [1]], ['switch', 'enable', [1]]]); // prettier-ignore
    expect(workspaceState.get('grace.codebook.pendingReverts')).toEqual([]);
  });

  it('is finished by the next window', async () => {
    const never = new Promise(() => undefined);
    const earlier = start(snapshot([item(1), item(2)]));
    fake.answer = () => never;
    await runCommand('grace.edit.revert', first);
    explorer.dispose();
    resetFake();
    const later = new CodebookSession(null);
    open(later);
    later.become(earlier.codebook);
    await settle();
    expect(later.calls).toEqual([['switch', 'revert', [1]]]);
    expect(labels()).toEqual(['Prompt 2']);
  });

  it('waits for the next engine when this one was stopped', async () => {
    vi.useFakeTimers();
    const session = start(snapshot([item(1)]));
    fake.answer = () => new Promise(() => undefined);
    await runCommand('grace.edit.revert', first);
    session.engine.running = undefined;
    await vi.advanceTimersByTimeAsync(UNDO_OFFER);
    expect(session.state(1)).toBe('disabled');
    session.engine.running = {};
    session.stir();
    await settle();
    expect(session.state(1)).toBeUndefined();
  });

  it('follows a tick that is still under way', async () => {
    const session = start(snapshot([item(1)]));
    fake.answer = choose('Undo');
    tick(false, 1);
    await runCommand('grace.edit.revert', first);
    await settle();
    expect(session.state(1)).toBe('disabled');
    expect(session.calls).toEqual([['switch', 'disable', [1]]]);
    expect(texts('error')).toEqual([]);
  });

  it('is undone later when its codebook is not open now', async () => {
    let undo = (): void => undefined;
    const clicked = new Promise<string>((resolve) => { undo = () => { resolve('Undo'); }; }); // prettier-ignore
    const session = start(snapshot([item(1)]));
    fake.answer = () => clicked;
    await runCommand('grace.edit.revert', first);
    const left = session.codebook;
    session.become(snapshot([item(1)], { folder: '/codebooks/other' }));
    undo();
    await settle();
    expect(session.state(1)).toBe('live');
    session.become(left);
    await settle();
    expect(session.calls.at(-1)).toEqual(['switch', 'enable', [1]]);
    expect(labels()).toEqual(['Prompt 1']);
  });

  it('does nothing to a codebook that is read only', async () => {
    const session = start(snapshot([item(1)], { readOnly: 'Process 7 writes to it.' }));
    await runCommand('grace.edit.revert', first);
    expect(session.calls).toEqual([]);
    expect(labels()).toEqual(['Prompt 1']);
    expect(texts('error')).toEqual(['Process 7 writes to it.']);
  });

  it('shows the edits again when they cannot be disabled', async () => {
    const session = start(snapshot([item(1)]));
    session.failure = new Error('out of disk');
    await runCommand('grace.edit.revert', first);
    expect(labels()).toEqual(['Prompt 1']);
    expect(texts('error')).toEqual(['out of disk']);
  });

  it('takes all edits back only after a question', async () => {
    const session = start(snapshot([item(1), item(2)]));
    await runCommand('grace.revertAll');
    expect(session.calls).toEqual([]);
    expect(fake.asked[0]).toMatchObject({ modal: true, text: 'Revert all 2 edits of this codebook?' });
    fake.answer = choose('Revert All');
    await runCommand('grace.revertAll');
    expect(session.codebook!.items).toEqual([]);
  });

  it('takes back what is chosen from a list', async () => {
    const session = start(snapshot([item(1, { prompt: '$(trash) x' }), item(2)]));
    fake.answer = chooseAll;
    await runCommand('grace.revertEdit');
    await settle();
    expect(session.codebook!.items).toEqual([]);
    const labelled = fake.asked[0]!.choices.map((choice) => (choice as { readonly label: string }).label);
    expect(labelled).toEqual(['2: Prompt 2', '1: \\$(trash) x']);
  });
});

describe('commands of rows', () => {
  it('work on the selection, and say when there is none', async () => {
    const session = start(snapshot([item(1), item(2)]));
    await runCommand('grace.edit.disable');
    expect(texts('error')).toEqual(['Select an edit in the codebook first.']);
    view().selection = nodes(1, 2);
    await runCommand('grace.edit.disable');
    expect(session.calls).toEqual([['switch', 'disable', [1, 2]]]);
    await runCommand('grace.edit.enable', nodes(1)[0], nodes(1, 2));
    expect(session.calls.at(-1)).toEqual(['switch', 'enable', [1, 2]]);
  });

  it('rename, annotate and change the radius', async () => {
    const session = start(snapshot([item(1)]));
    fake.answer = ({ text }) => ({ 'Name of edit 1': ' A ', 'Note on edit 1': 'n', 'Tags of edit 1': 'x, ,y', 'Radius of edit 1': '4' })[text]; // prettier-ignore
    await runCommand('grace.edit.rename', 1);
    await runCommand('grace.edit.annotate', 1);
    await runCommand('grace.edit.radius', 1);
    expect(session.codebook!.items[0]).toMatchObject({ title: 'A', note: 'n', tags: ['x', 'y'], radius: 4 });
    const validate = fake.asked.at(-1)!.options['validateInput'] as (text: string) => string | undefined;
    expect(['', 'x', '-1', '0', 'Infinity'].map((text) => validate(text) !== undefined)).toEqual(Array(5).fill(true));
    expect(validate('1e-3')).toBeUndefined();
  });

  it('add tags to several', async () => {
    const session = start(snapshot([item(1, { tags: ['a'] }), item(2)]));
    fake.answer = () => 'a,b';
    await runCommand('grace.edit.annotate', nodes(1)[0], nodes(1, 2));
    expect(session.codebook!.items.map(({ tags }) => tags)).toEqual([['a', 'b'], ['a', 'b']]); // prettier-ignore
  });

  it('copy as JSON, try in the bench, and show', async () => {
    start(snapshot([item(1, { prompt: '```\n<script>' })]));
    await runCommand('grace.edit.copyJson', 1);
    expect(JSON.parse(fake.clipboard)).toMatchObject({ edit: 1, target: 'target 1' });
    await runCommand('grace.edit.tryInBench', 1);
    expect(tried).toEqual([{ kind: 'text', text: '```\n<script>' }]);
    await runCommand('grace.edit.show', 1);
    expect(fake.documents[0]!.getText()).toContain('## Prompt\n\n````text\n```\n<script>\n````');
    await runCommand('grace.edit.show', 7);
    expect(texts('error')).toEqual(['There is no edit 7 in the open codebook.']);
  });

  it('have a text and a label in the codebook of a classifier', async () => {
    const model = { name: 'intents', architecture: 'BertForSequenceClassification', fingerprint: 'f' };
    start(snapshot([item(1, { prompt: 'my card is gone', target: 'lost_card' })], { model }));
    expect(rows()[0]!.accessibilityInformation.label).toMatch(/^Edit 1, Live: my card is gone; label: lost_card, /);
    await runCommand('grace.edit.show', 1);
    const text = fake.documents[0]!.getText();
    expect(text).toContain('## Text\n\n```text\nmy card is gone\n```\n\n## Label\n\n```text\nlost_card\n```');
  });

  it('test edits, and open a report of what fails', async () => {
    const session = start(snapshot([item(1)]));
    const asked = { role: 'prompt', at: 0, prompt: { kind: 'text', text: 'p' }, expected: 'e' } as const;
    const test = { ...asked, supersededBy: null, decision: session.decision, seconds: 0.1 };
    session.tested = [
      { ...test, output: 'e', outcome: 'holds' },
      { ...test, output: '', outcome: 'superseded' },
    ];
    await runCommand('grace.edit.test', 1);
    expect(texts('information')).toEqual(['Edit 1: 1 of 1 prompts answer as they should.']);
    session.tested = [{ ...test, output: 'wrong', outcome: 'fails' }];
    await runCommand('grace.edit.test', 1);
    expect(texts('warning')).toEqual(['Edit 1: 0 of 1 prompts answer as they should.']);
    expect(fake.documents[0]!.getText()).toContain('wrong');
  });
});

describe('exchange', () => {
  it('exports all, or some', async () => {
    const session = start(snapshot([item(1), item(2)]));
    let exports = 0;
    explorer.onDidExport(() => exports++);
    fake.answer = (asked) => (asked.kind === 'save' ? Uri.file('/out/book.safetensors') : choose('safetensors')(asked));
    await runCommand('grace.exportCodebook');
    fake.answer = (asked) =>
      asked.kind === 'save'
        ? Uri.file('/out/book.json')
        : asked.options['canPickMany'] === true
          ? asked.choices.slice(0, 1)
          : choose('Some edits as JSON')(asked);
    await runCommand('grace.exportCodebook');
    expect(session.calls).toEqual([
      ['export', { file: '/out/book.safetensors', format: 'safetensors', edits: undefined }],
      ['export', { file: '/out/book.json', format: 'json', edits: [2] }],
    ]);
    expect(exports).toBe(2);
    expect(texts('information')[0]).toBe('2 edits in 1 entries written to /out/book.safetensors.');
  });

  it('writes pending reverts before it exports', async () => {
    const session = start(snapshot([item(1), item(2)]));
    fake.answer = () => new Promise(() => undefined);
    await runCommand('grace.edit.revert', 1);
    fake.answer = (asked) => (asked.kind === 'save' ? Uri.file('/out/book.safetensors') : choose('safetensors')(asked));
    await runCommand('grace.edit.export', 2);
    expect(session.calls.map(([name, op]) => (name === 'switch' ? op : name))).toEqual(['disable', 'revert', 'export']);
  });

  it('imports', async () => {
    const session = start(snapshot([]));
    fake.answer = ({ kind }) => (kind === 'open' ? [Uri.file('/in/book.safetensors')] : undefined);
    await runCommand('grace.importCodebook');
    expect(session.calls).toEqual([['import', '/in/book.safetensors']]);
    expect(texts('information')).toEqual(['3 edits imported; the codebook has 5, 4 of them live.']);
  });

  it('merges after it has shown the conflicts', async () => {
    const session = start(snapshot([item(1)]));
    const conflict = { edit: 4, prompt: { kind: 'text', text: 'p' }, target: 't', action: 'split', with: [1] } as const;
    session.merged = { taken: 2, same: 1, conflicts: [conflict], change: null };
    const answer = (merge: boolean) => (asked: Asked): unknown =>
      asked.kind === 'open' ? [Uri.file('/other')] : asked.modal && !merge ? undefined : choose('A codebook’s folder', 'Merge')(asked); // prettier-ignore
    fake.answer = answer(false);
    await runCommand('grace.mergeCodebook');
    expect(session.calls).toEqual([['merge', '/other', true]]);
    expect(fake.documents[0]!.getText()).toContain('It splits an entry, and changes the answers of edits 1.');
    fake.answer = answer(true);
    await runCommand('grace.mergeCodebook');
    expect(session.calls.at(-1)).toEqual(['merge', '/other', false]);
    expect(texts('information')).toEqual(['2 edits merged; 1 were here already.']);
  });

  it('says when there is nothing to merge', async () => {
    const session = start(snapshot([item(1)]));
    session.merged = { taken: 0, same: 1, conflicts: [], change: null };
    fake.answer = (asked) => (asked.kind === 'open' ? [Uri.file('/other')] : choose('An exported')(asked));
    await runCommand('grace.mergeCodebook');
    expect(session.calls).toHaveLength(1);
    expect(texts('information')).toEqual(['There is nothing to merge: all 1 edits are here already.']);
  });
});

describe('batch', () => {
  it('reports progress, can be cancelled, and leads to the lines', async () => {
    const session = start(snapshot([]));
    fake.answer = ({ kind }) => (kind === 'open' ? [Uri.file('/in/lines.jsonl')] : undefined);
    session.batchProgress = Array.from({ length: 50 }, (_, at) => ({ done: at + 1, of: 50 }));
    session.batched = {
      ...{ lines: 50, made: 3, skipped: 1, left: 44, steps: 90, seconds: 12.4 },
      missed: [{ line: 9, edit: 4 }],
      errors: [
        { code: 'bad-input-file', line: 3, message: 'It has no [target](command:x).', advice: 'Write one.', data: {} },
      ],
    };
    const done = runCommand('grace.batch');
    while ((fake.progress[0]?.reports.length ?? 0) < 3) await new Promise(setImmediate);
    fake.progress[0]!.cancel();
    await done;
    expect(fake.progress[0]!.reports.length).toBeLessThan(50);
    expect(fake.progress[0]!.reports[0]).toEqual({ message: '1 of 50', increment: 2 });
    const [report] = fake.documents;
    const text = report!.getText().split('\n');
    expect(text).toContain('- Line 3: It has no \\[target\\](command:x). Write one.');
    const links = fake.linkProviders[0]!.provideDocumentLinks(report!) as readonly {
      readonly range: { readonly start: { readonly line: number } };
      readonly target: Uri;
    }[];
    expect(
      links.map(({ range, target }) => [text[range.start.line]!.slice(0, 8), target.path, target.fragment]),
    ).toEqual([
      ['- Line 3', '/in/lines.jsonl', 'L3'],
      ['- Line 9', '/in/lines.jsonl', 'L9'],
    ]);
    expect(texts('warning')).toEqual(['3 edits made, 1 errors, 44 lines left.']);
  });
});

describe('decide', () => {
  it('takes the selection and says the decision in words', async () => {
    const session = start(snapshot([item(12)]));
    session.decision = { fired: true, entry: 0, edit: 12, distance: 3.1, radius: 5, nearest: null };
    fake.activeTextEditor = { selection: {}, document: { getText: () => 'Who is it?' } };
    fake.answer = ({ kind, options }) => (kind === 'input' ? options['value'] : 'Open in Edit Bench');
    await runCommand('grace.decide');
    expect(session.calls.at(-1)).toEqual(['decide', { kind: 'text', text: 'Who is it?' }]);
    expect(texts('information')).toEqual(['Edit 12 fired (distance 3.1 of radius 5).']);
    expect(tried).toEqual([{ kind: 'text', text: 'Who is it?' }]);
  });
});

describe('several codebooks', () => {
  it('are listed and opened; one of another model is opened alone', async () => {
    const session = start(null);
    for (const name of ['a', 'b']) {
      mkdirSync(path.join(home, 'codebooks', name), { recursive: true });
      writeFileSync(path.join(home, 'codebooks', name, 'codebook.json'), '{}');
    }
    fake.answer = choose('b', 'Open It Alone');
    session.failure = new CodedError('codebook-mismatch', 'It was made for another model.');
    await runCommand('grace.chooseCodebook');
    const folder = path.join(home, 'codebooks', 'b');
    expect(session.calls).toEqual([['useCodebook', folder, undefined], ['openCodebook', folder]]); // prettier-ignore
    expect(session.codebook!.head.folder).toBe(folder);
    expect(workspaceState.get('grace.codebook.last')).toBe(folder);
  });

  it('are made where the setting says', async () => {
    const session = start(null);
    fake.answer = ({ kind }) => (kind === 'input' ? 'my book/1' : undefined);
    await runCommand('grace.createCodebook');
    const made = path.join(home, 'codebooks', 'my-book-1');
    expect(session.calls.at(-1)).toEqual(['useCodebook', made, 'transformer.h.4.mlp.c_proj']);
    expect(texts('error')).toEqual([]);
  });
});

describe('errors', () => {
  it('that the person has called off are not shown', async () => {
    const session = start(snapshot([item(1)]));
    session.failure = new CodedError('cancelled', 'It was called off.');
    await runCommand('grace.edit.test', 1);
    session.failure = new CodedError('connection-closed', 'The other process has ended.');
    await runCommand('grace.edit.test', 1);
    expect(fake.asked).toEqual([]);
    expect(logged).toHaveLength(1);
  });

  it('make no links of what they quote', async () => {
    const session = start(snapshot([item(1)]));
    session.failure = new CodedError('bad-argument', 'See [this](command:evil).');
    await runCommand('grace.edit.test', 1);
    expect(texts('error')).toEqual(['See [this] (command:evil).']);
  });
});
