import type * as vscode from 'vscode';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Continuation, type ContinuationParts } from '../../../src/host/editor/continuation.ts';
import { GeneratedText } from '../../../src/host/editor/generated-text.ts';
import { OutputReader } from '../../../src/host/editor/output-reader.ts';
import { Notifier } from '../../../src/host/notify.ts';
import { NO_DECISION } from '../../../src/protocol/decision.ts';
import type { Prompt } from '../../../src/protocol/prompt.ts';
import { classesOf } from '../../support/bench-session.ts';
import { FakeDocument, FakeEditor, forget, Selection, told } from '../../support/fake-vscode-editor.ts';
import { marked } from './marked-text.ts';

vi.mock('vscode', () => import('../../support/fake-vscode-editor.ts'));

const CLASSES = classesOf({ routing: 0.8, balance: 0.1 }, [
  'alarm',
  'balance',
  'routing',
  'transfer',
  'visa',
  'weather',
]);

/** Has a classifier answer at the cursor of a document. */
async function answer(source: string, path = 'file:/a.md') {
  const { text, selection } = marked(source);
  const document = new FakeDocument(path, text);
  const editor = new FakeEditor(document);
  const cursor = document.positionAt(selection.start);
  editor.selection = new Selection(cursor, cursor);
  const description = { kind: 'classifier', chatTemplate: false, name: 'intents' };
  const asked: Prompt[] = [];
  const session = {
    requireModel: () => Promise.resolve({ description }),
    classify: (prompt: Prompt) => {
      asked.push(prompt);
      return Promise.resolve({ label: 'routing', classes: CLASSES, decision: NO_DECISION });
    },
  } as unknown as ContinuationParts['session'];
  const notifier = new Notifier({ error: vi.fn() } as unknown as vscode.LogOutputChannel);
  const generated = new GeneratedText();
  const continuation = new Continuation({ session, notifier, reader: new OutputReader(), generated });
  await told.commands.get('grace.answerHere')!();
  const at = (part: string) => generated.at(document as unknown as vscode.TextDocument, document.getText().lastIndexOf(part)); // prettier-ignore
  return { document, asked, at, continuation };
}

beforeEach(forget);

describe('a label that is written at the cursor', () => {
  it('stands behind the arrow, and its hover knows what else it might have been', async () => {
    const { document, asked, at } = await answer('my routing number =>«»\n');
    expect(document.getText()).toBe('my routing number => routing\n');
    expect(asked).toEqual([{ kind: 'text', text: 'my routing number' }]);
    const found = at('routing')!;
    expect(found).toMatchObject({ token: { text: 'routing' }, decision: NO_DECISION });
    expect(found.token.alternatives.map(({ text }) => text)).toEqual([
      'routing',
      'balance',
      'alarm',
      'transfer',
      'visa',
    ]);
  });

  it('gets an arrow where there is none', async () => {
    const { document, asked } = await answer('my routing number«»');
    expect(document.getText()).toBe('my routing number => routing');
    expect(asked).toEqual([{ kind: 'text', text: 'my routing number' }]);
  });

  it('is not written behind another', async () => {
    const { document, asked } = await answer('my routing number => bal«»');
    expect(document.getText()).toBe('my routing number => bal');
    expect(asked).toEqual([]);
    expect(told.messages[0]!.text).toContain('it cannot go on from within an answer');
  });
});
