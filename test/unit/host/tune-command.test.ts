import type * as vscode from 'vscode';
import { beforeEach, expect, it, vi } from 'vitest';

import { CodebookLocator } from '../../../src/host/codebook/codebook-locator.ts';
import { ReportDocuments } from '../../../src/host/codebook/report-documents.ts';
import { Notifier } from '../../../src/host/notify.ts';
import { settings } from '../../../src/host/settings.ts';
import { TuneCommand } from '../../../src/host/tuning/tune-command.ts';
import type { TuningCell } from '../../../src/protocol/tuning.ts';
import { CodebookSession, snapshot } from '../../support/codebook-session.ts';
import { fake, fakeContext, resetFake, runCommand, Uri } from '../../support/fake-vscode.ts';

const panels: { readonly place: object; readonly options: object; readonly webview: { html: string } }[] = [];
vi.mock('vscode', async () => {
  const support = await import('../../support/fake-vscode.ts');
  const createWebviewPanel = (_type: string, _title: string, place: object, options: object): unknown => {
    const panel = { place, options, webview: { html: '' } };
    panels.push(panel);
    return panel;
  };
  return { ...support, ViewColumn: { Beside: -2 }, window: Object.assign(support.window, { createWebviewPanel }) };
});

const cell = (multiple: number, generality: number): TuningCell => ({
  ...{ hook: 'h.3', multiple, radius: multiple * 0.5, success: { held: 12, of: 12 } },
  ...{ generality: { held: generality, of: 48 }, locality: { held: 99, of: 100 } },
});
const CELLS = [cell(1, 0), cell(10, 12)] as const;
let session: CodebookSession;
let reports: ReportDocuments;

beforeEach(() => {
  resetFake();
  panels.length = 0;
  session = new CodebookSession(snapshot([]));
  session.tuning = {
    model: { name: 'biographies', architecture: 'GPT2LMHeadModel', fingerprint: 'f' },
    hooks: [{ hook: 'h.3', measuredRadius: 0.5, reached: { held: 12, of: 12 }, steps: 7.5, seconds: 0.4 }],
    ...{ multiples: [1, 10], cells: CELLS, proposed: CELLS[1], usual: CELLS[0], edits: 12, seconds: 61, errors: [] },
  };
  const log = { error: () => undefined, show: () => undefined } as unknown as vscode.LogOutputChannel;
  const context = fakeContext('/storage') as unknown as vscode.ExtensionContext;
  const locator = new CodebookLocator(context);
  reports = new ReportDocuments();
  new TuneCommand({ session: session.session, locator, reports, notifier: new Notifier(log) });
});

it('measures, shows what came out, and applies the proposal', async () => {
  fake.answer = ({ kind, choices }) => (kind === 'pick' ? choices[0] : kind === 'information' ? choices[0] : undefined);
  await runCommand('grace.tune');
  expect(session.calls.find(([name]) => name === 'tune')).toEqual(['tune', undefined]);
  expect(fake.progress[0]!.reports).toEqual([{ message: '25 %', increment: 25 }]);
  const report = fake.documents[0]!.getText();
  expect(report).toContain('Proposed: h.3, radius 5. 100 % of edits hold, 25 % of rewordings give the answer');
  expect(report).toContain('| 5 (×10) ◀ | ██████████ 100 %');
  expect(settings().edits).toEqual({ biographies: { hook: 'h.3', radius: 5 } });
  expect(panels).toMatchObject([
    { place: { viewColumn: -2, preserveFocus: true }, options: { enableScripts: false, localResourceRoots: [] } },
  ]);
  const folder = '/storage/codebooks/biographies-2';
  expect(session.calls.at(-1)).toEqual(['useCodebook', folder, 'h.3', 5]);
});

it('tries edits of one’s own, and keeps nothing unless it is applied', async () => {
  fake.answer = ({ kind, choices }) =>
    kind === 'pick' ? choices[1] : kind === 'open' ? [Uri.file('/own.jsonl')] : undefined;
  await runCommand('grace.tune');
  expect(session.calls.find(([name]) => name === 'tune')).toEqual(['tune', '/own.jsonl']);
  expect([settings().edits, session.calls.at(-1)![0]]).toEqual([{}, 'tune']);
});

it('draws a heat map for each share, with its numbers as text', async () => {
  session.tuning = { ...session.tuning!, model: { ...session.tuning!.model, name: '<b>"mine"' } };
  fake.answer = ({ kind, choices }) => (kind === 'pick' ? choices[0] : undefined);
  await runCommand('grace.tune');
  const { html } = panels[0]!.webview;
  const [head, ...maps] = html.split('<svg');
  expect(maps.map((map) => Array.from(map.matchAll(/<text[^>]*>([^<]*)<\/text>/g), ([, text]) => text))).toEqual([
    ['×1', '×10', 'h.3', '0 %', '25 %'],
    ['×1', '×10', 'h.3', '99 %', '99 %'],
    ['×1', '×10', 'h.3', '100 %', '100 %'],
  ]);
  expect(maps[0]).toMatch(/<rect class="proposed"[^>]*><title>h\.3, radius 5: 12 of 48<\/title>/);
  expect(head).toContain('<h1>Edit settings for &lt;b&gt;&quot;mine&quot;</h1>');
  expect(html).not.toMatch(/<b>|<script| style="/);
});

it('says what was not measured, and which lines of the file were left out', async () => {
  const [first, second] = CELLS.map((each) => ({ ...each, generality: { held: 0, of: 0 } })) as [
    TuningCell,
    TuningCell,
  ];
  const error = {
    code: 'bad-input-file',
    message: 'Line 3: is not JSON.',
    advice: 'A line is {}.',
    data: {},
  } as const;
  session.tuning = { ...session.tuning!, cells: [first, second], proposed: second, usual: first, errors: [{ line: 3, ...error }] }; // prettier-ignore
  fake.answer = ({ kind, choices }) =>
    kind === 'pick' ? choices[1] : kind === 'open' ? [Uri.file('/own.jsonl')] : undefined;
  await runCommand('grace.tune');
  const report = fake.documents[0]!.getText();
  expect(report).toContain('99 % of unrelated prompts are left alone; rewordings are not measured.');
  expect(report).toContain('add "rephrasings"');
  expect(report).toMatch(/\| 5 \(×10\) ◀ \| █{10} 100 % \| not measured +\|/);
  expect(report).not.toContain('NaN');
  expect(panels[0]!.webview.html.match(/<svg/g)).toHaveLength(2);
  expect(panels[0]!.webview.html).not.toContain('NaN');
  expect(report).toContain('Lines of the file that were left out: 1.');
  const lines = report.split('\n');
  const at = lines.indexOf('- Line 3: is not JSON. A line is {}.');
  expect(at).toBeGreaterThan(lines.indexOf('## Lines of the file that were left out'));
  const [link] = reports.provideDocumentLinks(fake.documents[0]! as unknown as vscode.TextDocument);
  expect([link!.range.start.line, link!.target!.path, link!.target!.fragment]).toEqual([at, '/own.jsonl', 'L3']);
});

it('reads only settings that make sense', () => {
  fake.configuration.set('grace.edit.settings', {
    a: { hook: 'h', radius: 1 },
    b: { hook: 'h' },
    c: 3,
    d: { hook: 'h', radius: -1 },
  });
  expect(settings().edits).toEqual({ a: { hook: 'h', radius: 1 } });
});
