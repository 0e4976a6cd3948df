import type * as vscode from 'vscode';
import { beforeEach, expect, it, vi } from 'vitest';

import { FlagStore } from '../../../src/host/editor/flag-store.ts';
import { FakeDocument, forget, open, Range, told } from '../../support/fake-vscode-editor.ts';

vi.mock('vscode', () => import('../../support/fake-vscode-editor.ts'));

const kept = new Map<string, unknown>();
const memento = {
  get: (key: string, otherwise: unknown) => kept.get(key) ?? otherwise,
  update: (key: string, value: unknown) => Promise.resolve(kept.set(key, JSON.parse(JSON.stringify(value)))),
} as unknown as vscode.Memento;

const asUri = (document: FakeDocument) => document.uri as unknown as vscode.Uri;
const problems = (document: FakeDocument) =>
  (told.diagnostics.get(document.uri.toString()) ?? []).map(({ range, source, message }) => [
    document.getText(range),
    source,
    message,
  ]);

const flagged = (uri = 'file:/a.md') => {
  const document = new FakeDocument(uri, 'One\nTwo is wrong.\nThree');
  const flags = new FlagStore(memento);
  flags.flag(asUri(document), new Range(1, 7, 1, 12) as unknown as vscode.Range, 'No.');
  return { document, flags };
};

beforeEach(() => {
  forget();
  kept.clear();
});

it('lists a flag among the problems', () => {
  const { document, flags } = flagged();
  expect(problems(document)).toEqual([['wrong', 'GRACE', 'No.']]);
  expect(flags.of(asUri(document))).toMatchObject([{ text: 'wrong', message: 'No.', start: 11, end: 16 }]);
});

it('goes with its text, and is dropped when that is gone', () => {
  const { document } = flagged();
  document.change(0, 3, 'A longer one\n');
  expect(problems(document)).toEqual([['wrong', 'GRACE', 'No.']]);
  document.change(document.getText().indexOf('wrong'), 5, 'right');
  expect(problems(document)).toEqual([]);
  expect(kept.get('grace.flags')).toEqual([]);
});

it('is there after a reload, and found again in a document that has changed', () => {
  const { document, flags } = flagged();
  flags.dispose();
  forget();
  const again = new FlagStore(memento);
  expect(told.diagnostics.get('file:/a.md')).toHaveLength(1);
  const changed = new FakeDocument('file:/a.md', `Zero\n${document.getText()}`);
  open(changed);
  expect(problems(changed)).toEqual([['wrong', 'GRACE', 'No.']]);
  again.dispose();
});

it('is dropped when its text went while nobody watched', () => {
  flagged().flags.dispose();
  forget();
  const document = new FakeDocument('file:/a.md', 'Nothing of it.');
  const again = new FlagStore(memento);
  expect(problems(document)).toEqual([]);
  again.dispose();
});

it('is kept when a file is closed, not with an untitled document', () => {
  const { document, flags } = flagged();
  document.close();
  expect(flags.all()).toHaveLength(1);
  const untitled = flagged('untitled:Untitled-1');
  untitled.document.close();
  expect(untitled.flags.of(asUri(untitled.document))).toEqual([]);
});

it('can be dismissed, and is one for one range', () => {
  const { document, flags } = flagged();
  flags.flag(asUri(document), new Range(1, 7, 1, 12) as unknown as vscode.Range, 'Again.');
  expect(problems(document)).toEqual([['wrong', 'GRACE', 'Again.']]);
  flags.dismiss(flags.of(asUri(document))[0]!);
  expect(problems(document)).toEqual([]);
});
