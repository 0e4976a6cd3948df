import type * as vscode from 'vscode';
import { beforeEach, expect, it, vi } from 'vitest';

import { FixedMarks } from '../../../src/host/editor/fixed-marks.ts';
import { FakeDocument, FakeEditor, forget, type Range, told, Uri } from '../../support/fake-vscode-editor.ts';

vi.mock('vscode', () => import('../../support/fake-vscode-editor.ts'));

const UNDO = 1;
const REDO = 2;

beforeEach(forget);

it('a mark goes with its text, and is there again when that is undone', () => {
  const document = new FakeDocument('file:/a.md', 'Who? It was Bob.');
  new FakeEditor(document);
  const marks = new FixedMarks({ extensionUri: Uri.parse('file:/extension') } as unknown as vscode.ExtensionContext);
  const mark = (start: number, end: number): void => {
    marks.mark(document as unknown as vscode.TextDocument, { start, end }, 7);
  };
  const marked = (): readonly string[] =>
    (told.decorations as readonly { readonly range: Range }[]).map(({ range }) => document.getText(range));
  mark(5, 15);
  expect(marked()).toEqual(['It was Bob']);

  // Replaced and marked anew, as the edit does it.
  document.change(5, 10, 'Eve did it');
  expect(marked()).toEqual([]);
  mark(5, 15);
  expect(marked()).toEqual(['Eve did it']);
  document.change(0, 0, 'Well: ');

  document.change(0, 6, '', UNDO);
  expect(marked()).toEqual(['Eve did it']);
  document.change(5, 10, 'It was Bob', UNDO);
  expect(marked()).toEqual(['It was Bob']);
  document.change(5, 10, 'Eve did it', REDO);
  expect(marked()).toEqual(['Eve did it']);

  // Typing the same text by chance marks nothing, and neither does undoing something else.
  document.change(5, 3, 'Ann');
  document.change(5, 3, 'Eve');
  expect(marked()).toEqual([]);
  document.change(5, 3, 'Ann', UNDO);
  expect(marked()).toEqual([]);
  document.change(5, 3, 'Eve', UNDO);
  expect(marked()).toEqual(['Eve did it']);
});
