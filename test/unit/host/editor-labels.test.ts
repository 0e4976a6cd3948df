import type * as vscode from 'vscode';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { EditThreads, type EditThreadsParts } from '../../../src/host/editor/edit-threads.ts';
import { findLabelled, selectUnlabelled } from '../../../src/host/editor/transcript/labelled-output.ts';
import { Notifier } from '../../../src/host/notify.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import { NO_DECISION } from '../../../src/protocol/decision.ts';
import type { EditParams } from '../../../src/protocol/engine-api.ts';
import { classesOf } from '../../support/bench-session.ts';
import { FakeDocument, FakeEditor, forget, told, Uri } from '../../support/fake-vscode-editor.ts';
import { marked } from './marked-text.ts';

vi.mock('vscode', () => import('../../support/fake-vscode-editor.ts'));

const LABELS = ['alarm', 'lost_card', 'freeze_account', 'weather'];
const BEFORE = classesOf({ lost_card: 0.9, alarm: 0.05 }, LABELS);
const AFTER = classesOf({ freeze_account: 0.96 }, LABELS);
const SAID = { label: BEFORE[0]!.label, classes: BEFORE, decision: NO_DECISION };
const LINE = 'my card is gone => «lost_card»\n';
const RECORD = '{"text": "my card is gone", "label": «1»}\n';

/** A labelled text that is edited, in front of an engine that answers with `result`; the person chooses `told.choose`. */
const ask = async (source = LINE, result: object | Error = {}, classify = () => Promise.resolve(SAID)) => {
  const { text, selection } = marked(source);
  const isRecord = source.startsWith('{');
  const document = new FakeDocument(isRecord ? 'file:/a.jsonl' : 'file:/a.md', text);
  const editor = new FakeEditor(document) as unknown as vscode.TextEditor;
  const description = { kind: 'classifier', chatTemplate: false, name: 'intents', labels: LABELS };
  const edited: EditParams[] = [];
  const session = {
    description,
    requireModel: () => Promise.resolve({ description }),
    classify,
    edit: (params: EditParams) => {
      edited.push(params);
      if (result instanceof Error) return Promise.reject(result);
      const made = { edit: 7, success: true, before: 'lost_card', after: params.target, steps: 9, seconds: 1 };
      const probes = [{ unchanged: true }];
      return Promise.resolve({
        result: { ...made, loss: [4, 0.01], probes, ...result },
        classes: { before: BEFORE, after: AFTER },
      });
    },
  } as unknown as EditThreadsParts['session'];
  const showDraft = vi.fn(() => Promise.resolve());
  const notifier = new Notifier({ error: vi.fn() } as unknown as vscode.LogOutputChannel);
  const context = { extensionUri: Uri.parse('file:/extension') } as unknown as vscode.ExtensionContext;
  const threads = new EditThreads(context, { session, notifier, bench: { showDraft }, probes: () => [] });
  const [language, path] = isRecord ? ['jsonl', '/a.jsonl'] : ['markdown', '/a.md'];
  const transcript = { text, language, path };
  await threads.ask(editor, findLabelled(transcript, selection, LABELS) ?? selectUnlabelled(transcript, selection));
  const thread = told.threads[0]!;
  const run = (id: string, argument: unknown) => Promise.resolve(told.commands.get(id)!(argument as never));
  const said = () => thread.comments.map(({ body }) => body.value).join('\n');
  return { document, thread, edited, showDraft, said, run };
};

beforeEach(forget);

describe('a label in an editor', () => {
  it('is chosen from a list, the most likely first, and applied at once', async () => {
    told.choose = 'freeze_account';
    const { edited, thread, said, document } = await ask();
    expect(told.lists[0]!.slice(0, 2)).toEqual(['lost_card (90%, what the model says now)', 'alarm (5%)']);
    expect(edited).toMatchObject([
      { prompt: { kind: 'text', text: 'my card is gone' }, target: 'freeze_account', ends: true },
    ]);
    expect(thread).toMatchObject({ state: 1, canReply: false, contextValue: 'applied' });
    expect(said()).toMatch(/lost\\_card 90\\%[^]*freeze\\_account 96\\%/u);
    expect(told.messages[0]!.text).toContain('Edit 7 is made. The model now says “freeze_account”.');
    expect(document.getText()).toContain('lost_card');
  });

  it('is replaced where it stands, as a name or as a number', async () => {
    told.choose = 'weather';
    told.press = 'Replace in Document';
    const line = await ask();
    await vi.waitFor(() => {
      expect(line.document.getText()).toBe('my card is gone => weather\n');
    });
    forget();
    told.choose = 'weather';
    told.press = 'Replace in Document';
    const record = await ask(RECORD);
    expect(record.edited[0]!.prompt).toEqual({ kind: 'text', text: 'my card is gone' });
    await vi.waitFor(() => {
      expect(record.document.getText()).toBe('{"text": "my card is gone", "label": 3}\n');
    });
  });

  it('leaves nothing behind when no label is chosen', async () => {
    const { thread, edited } = await ask();
    expect(thread.isDisposed).toBe(true);
    expect(edited).toEqual([]);
    expect(told.messages).toEqual([]);
  });

  it('leaves nothing behind when the model cannot be asked', async () => {
    const lost = new CodedError('connection-closed', 'The engine has ended.', 'Restart it.');
    await expect(ask(LINE, {}, () => Promise.reject(lost))).rejects.toBe(lost);
    expect(told.threads[0]!.isDisposed).toBe(true);
    expect(told.lists).toEqual([]);
  });

  it('shows what the model says meanwhile, and which edit fired', async () => {
    told.choose = 'weather';
    const { said, thread } = await ask(LINE, new CodedError('cancelled', 'Cancelled.'));
    expect(said()).toContain('my card is gone');
    expect(said()).toContain('lost\\_card 90\\%');
    expect(said()).toContain('No edit fired');
    expect(said()).toContain('Cancelled; the codebook is as it was.');
    expect(thread).toMatchObject({ contextValue: 'choosing', canReply: false });
  });

  it('can be chosen again when the first did not hold, and gone on with in the Edit Bench', async () => {
    told.choose = 'weather';
    const { thread, run, edited, showDraft } = await ask(LINE, { success: false, after: 'lost_card' });
    expect(thread.contextValue).toBe('choosing');
    told.choose = 'alarm';
    await run('grace.comment.chooseLabel', thread);
    expect(edited.map(({ target }) => target)).toEqual(['weather', 'alarm']);
    told.choose = undefined;
    await run('grace.comment.chooseLabel', thread);
    expect(thread.isDisposed).toBe(false);
    await run('grace.comment.openInBench', thread);
    expect(showDraft).toHaveBeenCalledWith(expect.objectContaining({ wrong: 'lost_card', target: 'alarm' }));
  });

  it('of a text without one is only taught: there is nothing to replace', async () => {
    told.choose = 'freeze_account';
    const { edited, thread } = await ask('Please: «my card is gone».');
    expect(edited).toMatchObject([{ prompt: { text: 'my card is gone' }, target: 'freeze_account' }]);
    expect(thread.contextValue).toBe('replaced');
    expect(told.messages[0]!.buttons).not.toContain('Replace in Document');
  });
});
