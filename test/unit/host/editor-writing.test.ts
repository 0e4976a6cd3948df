import fc from 'fast-check';
import type * as vscode from 'vscode';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { GeneratedToken } from '../../../src/protocol/generation.ts';
import { NO_DECISION } from '../../../src/protocol/decision.ts';
import { DocumentWriter } from '../../../src/host/editor/document-writer.ts';
import { GeneratedText } from '../../../src/host/editor/generated-text.ts';
import { TokenStream } from '../../../src/host/editor/token-stream.ts';
import type { ContinuedOutput } from '../../../src/host/editor/transcript/continued-output.ts';
import { AS_IT_IS } from '../../../src/host/editor/transcript/notation.ts';
import { EndOfLine, FakeDocument, FakeEditor, forget } from '../../support/fake-vscode-editor.ts';

vi.mock('vscode', () => import('../../support/fake-vscode-editor.ts'));

const token = (text: string): GeneratedToken => ({ id: 1, text, logprob: -1, alternatives: [] });
const asDocument = (document: FakeDocument) => document as unknown as vscode.TextDocument;
const ASKED = { kind: 'text', text: 'x' } as const;
const PLACE: ContinuedOutput = { prompt: ASKED, question: ASKED, said: '', notation: AS_IT_IS, afterSpace: false };

const begin = (text: string, offset: number, place = PLACE, eol?: number) => {
  const document = new FakeDocument('file:/a.md', text, eol);
  const editor = new FakeEditor(document);
  const writer = new DocumentWriter(asDocument(document), offset);
  return { document, editor, writer, stream: new TokenStream(writer, asDocument(document), place) };
};

beforeEach(forget);

describe('a generation in a document', () => {
  it('is written as one step of undo', async () => {
    const { document, editor, stream } = begin('a.b', 2);
    for (const text of ['One', ' two', ' three', ' four']) {
      stream.add(token(text));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await stream.end();
    expect(document.getText()).toBe('a.One two three fourb');
    expect(editor.edits.length).toBeGreaterThan(1);
    expect(editor.edits.map((edit) => edit.undoStopBefore)).toEqual(editor.edits.map((_, i) => i === 0));
    expect(editor.edits.map((edit) => edit.undoStopAfter)).toEqual(
      editor.edits.map((_, i) => i === editor.edits.length - 1),
    );
    expect(stream.isUntouched()).toBe(true);
  });

  it('is written as its place asks for it', async () => {
    const json = begin('{"a":""}', 6, { ...PLACE, notation: { kind: 'json' } });
    for (const text of ['\n', '"q"']) json.stream.add(token(text));
    await json.stream.end();
    expect(json.document.getText()).toBe(String.raw`{"a":"\n\"q\""}`);

    const windows = begin('a', 1, PLACE, EndOfLine.CRLF);
    windows.stream.add(token('\nb'));
    await windows.stream.end();
    expect(windows.document.getText()).toBe('a\r\nb');
    expect(windows.stream.isUntouched()).toBe(true);

    const spaced = begin('a ', 2, { ...PLACE, afterSpace: true });
    for (const text of ['', ' b', ' c']) spaced.stream.add(token(text));
    await spaced.stream.end();
    expect(spaced.document.getText()).toBe('a b c');
  });

  it('is tried again when somebody types at the same moment', async () => {
    const { document, editor, stream } = begin('', 0);
    editor.refusals = 3;
    stream.add(token('x'));
    await stream.end();
    expect(document.getText()).toBe('x');
  });

  it('ends when its place is deleted, or the document closed', async () => {
    const { document, writer } = begin('abc', 1);
    const lost = vi.fn();
    writer.onDidLose(lost);
    await writer.write('xyz', false);
    document.change(0, 2, '');
    expect(lost).toHaveBeenCalledOnce();
    await writer.write('more', true);
    expect(document.getText()).toBe('yzbc');

    const other = begin('abc', 1);
    other.document.close();
    expect(other.writer.isLost).toBe(true);
  });

  it('stays in one piece whatever is typed around it', async () => {
    const typing = fc.array(
      fc.record({ where: fc.constantFrom('before', 'after'), text: fc.string({ minLength: 1, maxLength: 3 }) }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(typing, async (typed) => {
        forget();
        const { document, writer } = begin('<>', 1);
        for (const [i, { where, text }] of typed.entries()) {
          await writer.write(String(i), false);
          const { start, end } = writer.span;
          document.change(where === 'before' ? start : end, 0, text);
        }
        const { start, end } = writer.span;
        expect(document.getText().slice(start, end)).toBe(typed.map((_, i) => String(i)).join(''));
        writer.dispose();
      }),
    );
  });
});

describe('a generated text', () => {
  const add = () => {
    const document = new FakeDocument('file:/a.md', 'xOne two');
    const generated = new GeneratedText();
    const tokens = ['One', '', ' two'].map((text) => ({ token: token(text), text }));
    generated.add(asDocument(document), 1, tokens, NO_DECISION);
    const at = (offset: number) => generated.at(asDocument(document), offset)?.token.text;
    return { document, at };
  };

  it('knows its tokens', () => {
    const { at } = add();
    expect([0, 1, 3, 4, 7, 8].map(at)).toEqual([undefined, 'One', 'One', ' two', ' two', undefined]);
  });

  it('goes with the text, and is forgotten when that changes', () => {
    const { document, at } = add();
    document.change(0, 1, 'long');
    expect(at(4)).toBe('One');
    document.change(5, 1, '');
    expect(at(4)).toBeUndefined();
  });
});
