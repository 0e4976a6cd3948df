import type * as vscode from 'vscode';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { CodedError } from '../../../src/protocol/coded-error.ts';
import type { EditMade, EditParams } from '../../../src/protocol/engine-api.ts';
import { EditThreads, type EditThreadsParts } from '../../../src/host/editor/edit-threads.ts';
import { findExchange } from '../../../src/host/editor/transcript/find-exchange.ts';
import { selectOutput } from '../../../src/host/editor/transcript/selected-output.ts';
import { Notifier } from '../../../src/host/notify.ts';
import { CancellationError, FakeDocument, FakeEditor, forget, told, Uri } from '../../support/fake-vscode-editor.ts';
import { marked } from './marked-text.ts';

vi.mock('vscode', () => import('../../support/fake-vscode-editor.ts'));

const CHAT = '## User\nWho?\n## Assistant\nIt was «Bob», I think.\n';
const RESULT = { edit: 7, success: true, before: 'Bob', after: 'Eve, I think.', steps: 9, loss: [4, 0.01], seconds: 1 };

/** A box under a selection, in front of an engine that answers with `edit`. */
const ask = async (edit: (params: EditParams, signal: AbortSignal) => Promise<unknown>, source = CHAT) => {
  const { text, selection } = marked(source);
  const document = new FakeDocument('file:/a.md', text);
  const editor = new FakeEditor(document) as unknown as vscode.TextEditor;
  const description = { kind: 'causal', chatTemplate: true, name: 'tiny' };
  const session = {
    requireModel: () => Promise.resolve({ description }),
    edit: (params: EditParams, { signal }: { signal: AbortSignal }) => edit(params, signal),
  } as unknown as EditThreadsParts['session'];
  const showDraft = vi.fn(() => Promise.resolve());
  const log = { error: vi.fn() } as unknown as vscode.LogOutputChannel;
  const context = { extensionUri: Uri.parse('file:/extension') } as unknown as vscode.ExtensionContext;
  const probes = () => [{ kind: 'text', text: 'probe' }] as const;
  const threads = new EditThreads(context, { session, notifier: new Notifier(log), bench: { showDraft }, probes });
  const edited: EditMade[] = [];
  threads.onDidEdit(({ made }) => edited.push(made));
  const exchange = findExchange({ text, language: 'markdown', path: '/a.md' }, selection)!;
  await threads.ask(editor, selectOutput(exchange, selection)!);
  const thread = told.threads[0]!;
  const run = (id: string, reply: unknown) => Promise.resolve(told.commands.get(id)!(reply as never));
  const apply = (reply: string) => run('grace.comment.apply', { thread, text: reply });
  const said = () => thread.comments.map(({ body }) => body.value).join('\n');
  return { document, thread, edited, showDraft, apply, said, run };
};

const made = (result: object) => () =>
  Promise.resolve({ result: { ...RESULT, probes: [{ unchanged: true }], ...result } });

beforeEach(forget);

describe('the comment box', () => {
  it('shows what was asked and said, with the keyboard in the reply', async () => {
    const { said } = await ask(made({}));
    expect(said()).toContain('user\\: Who\\?');
    expect(said()).toContain('Bob');
    expect(told.executed).toEqual(['workbench.action.focusCommentOnCurrentLine', 'widgetNavigation.focusNext']);
  });

  it('applies what is written', async () => {
    const edit = vi.fn(made({}));
    const { apply, thread, said, edited, document } = await ask(edit);
    await apply(' Eve ');
    expect(edit).toHaveBeenCalledWith(
      expect.objectContaining({
        prompt: { kind: 'chat', messages: [{ role: 'user', content: 'Who?' }], answer: 'It was' },
        target: 'Eve',
        ends: false,
        probes: [{ kind: 'text', text: 'probe' }],
      }),
      expect.anything(),
    );
    expect(thread).toMatchObject({ state: 1, canReply: false, contextValue: 'applied' });
    expect(said()).toContain('Probes: 1 of 1 unchanged.');
    expect(told.messages.map(({ text }) => text)).toEqual([
      'Edit 7 is made. The model now says “Eve, I think.”. Probes: 1 of 1 unchanged.',
    ]);
    expect(edited).toHaveLength(1);
    expect(told.decorations).toHaveLength(1);
    expect(document.getText()).toContain('Bob');
  });

  it('replaces the text when that is wanted, and once only', async () => {
    told.press = 'Replace in Document';
    const { apply, document, thread, run } = await ask(made({}));
    document.change(0, 0, 'Before.\n\n');
    await apply('Eve');
    await vi.waitFor(() => {
      expect(document.getText()).toBe('Before.\n\n## User\nWho?\n## Assistant\nIt was Eve, I think.\n');
    });
    expect(document.getText(thread.range)).toBe('Eve');
    expect(told.decorations).toHaveLength(1);
    await run('grace.comment.replace', thread);
    expect(document.getText()).toContain('It was Eve, I think.');
  });

  it('says that the text has changed instead of replacing something else', async () => {
    const { apply, document, thread, run } = await ask(made({}));
    await apply('Eve');
    document.change(document.getText().indexOf('Bob'), 1, 'R');
    await run('grace.comment.replace', thread);
    expect(document.getText()).toContain('It was Rob');
    expect(told.messages.at(-1)?.text).toContain('changed since');
  });

  it('gives the beginning of the word to the target, not to the document', async () => {
    told.press = 'Replace in Document';
    const edit = vi.fn(made({}));
    const { apply, document } = await ask(edit, CHAT.replace('«', '"«'));
    await apply('Eve');
    expect(edit).toHaveBeenCalledWith(expect.objectContaining({ target: '"Eve' }), expect.anything());
    await vi.waitFor(() => {
      expect(document.getText()).toContain('It was "Eve, I');
    });
  });

  it('says how far an edit got that failed, and goes on in the Edit Bench', async () => {
    told.press = 'Open in Edit Bench';
    const { apply, thread, said, showDraft } = await ask(made({ success: false, after: 'Bob' }));
    await apply('Eve');
    expect(said()).toContain('After 9 steps the loss went from 4.00 to 0.0100');
    expect(said()).toContain('Eve');
    expect(thread.contextValue).toBe('asking');
    await vi.waitFor(() => {
      expect(showDraft).toHaveBeenCalledWith(expect.objectContaining({ wrong: 'Bob', target: 'Eve', ends: false }));
    });
  });

  it('keeps what was typed when the edit is cancelled, without a message', async () => {
    const { apply, said } = await ask(async (_, signal) => {
      await vi.waitUntil(() => signal.aborted);
      throw new CodedError('cancelled', 'Cancelled.');
    });
    const applied = apply('Eve');
    const ended = expect(applied).rejects.toBeInstanceOf(CancellationError);
    await vi.waitFor(() => {
      told.cancel();
      expect(said()).toContain('Cancelled; the codebook is as it was.');
    });
    await ended;
    expect(told.messages).toEqual([]);
  });

  it('asks for something to say', async () => {
    const edit = vi.fn(made({}));
    const { apply } = await ask(edit);
    await expect(apply('  ')).rejects.toBeInstanceOf(CancellationError);
    expect(told.messages[0]?.text).toBe('Write what the model should say.');
    expect(edit).not.toHaveBeenCalled();
  });

  it('goes with its text, and away with Cancel or the document', async () => {
    const { document, thread, run } = await ask(made({}));
    document.change(0, 0, 'A\nB\n');
    expect(document.getText(thread.range)).toBe('Bob');
    await run('grace.comment.cancel', { thread, text: '' });
    expect(thread.isDisposed).toBe(true);
    forget();
    const other = await ask(made({}));
    other.document.close();
    expect(other.thread.isDisposed).toBe(true);
  });
});
