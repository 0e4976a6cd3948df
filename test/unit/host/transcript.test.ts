import { describe, expect, it } from 'vitest';

import { continueOutput } from '../../../src/host/editor/transcript/continued-output.ts';
import { findExchange } from '../../../src/host/editor/transcript/find-exchange.ts';
import { promptForModel } from '../../../src/host/editor/transcript/model-prompt.ts';
import { write } from '../../../src/host/editor/transcript/notation.ts';
import { exchangeOf, reachesBefore } from '../../../src/host/editor/transcript/reach.ts';
import { selectOutput } from '../../../src/host/editor/transcript/selected-output.ts';
import { marked } from './marked-text.ts';

const understand = (source: string, language = 'markdown', path = '/a.md') => {
  const { text, selection } = marked(source);
  const exchange = findExchange({ text, language, path }, selection);
  const output = exchange && selectOutput(exchange, selection);
  return (
    output && {
      ...output,
      written: text.slice(output.wrongSpan.start, output.wrongSpan.end),
      asked: output.promptSpans.map(({ start, end }) => text.slice(start, end)),
    }
  );
};

const jsonl = (source: string) => understand(source, 'jsonl', '/a.jsonl');

describe('a Markdown chat', () => {
  it.each([
    ['headings', '## User\n\nWho?\n\n## Assistant\n\nIt was «Bob».\n'],
    ['headings of two levels, with colons', '## User:\nWho?\n### Assistant:\nIt was «Bob».'],
    ['bold names with the colon inside', '**User:** Who?\n\n**Assistant:** It was «Bob».'],
    ['bold names with the colon outside', '**User**: Who?\n**Assistant**: It was «Bob».'],
    ['bold names on lines of their own', '**Human**\n\nWho?\n\n__AI__\n\nIt was «Bob».'],
    ['bold headings', '### **You**\nWho?\n### **Bot:**\nIt was «Bob».'],
    ['Windows line ends', '## User\r\n\r\nWho?\r\n\r\n## Model\r\n\r\nIt was «Bob».\r\n'],
    ['a quotation', '> **User:** Who?\n>\n> **Assistant:** It was «Bob».'],
    ['a quotation in a quotation', '> > ## User\n> > Who?\n> > ## Assistant\n> > It was «Bob».'],
    ['a list', '- **User:** Who?\n- **Assistant:** It was «Bob».'],
  ])('is understood with %s', (_, source) => {
    expect(understand(source)).toMatchObject({
      prompt: { kind: 'chat', messages: [{ role: 'user', content: 'Who?' }], answer: 'It was' },
      wrong: 'Bob',
      written: 'Bob',
      lead: '',
      ends: false,
      asked: ['Who?', 'It was'],
    });
  });

  it('has all turns before the answer, and the system message', () => {
    const found = understand(
      '# System\nBe brief.\n# User\nA?\n# Assistant\nB.\n\nC.\n# User\nD?\n# Assistant\n«E.»\n# User\nF?',
    );
    expect(found?.prompt).toEqual({
      kind: 'chat',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'A?' },
        { role: 'assistant', content: 'B.\n\nC.' },
        { role: 'user', content: 'D?' },
      ],
    });
    expect(found?.ends).toBe(true);
  });

  it('ends with the answer in spite of white space and rules', () => {
    expect(understand('## User\nA\n## Assistant\nB «C»  \n\n---\n\n## User\nD')?.ends).toBe(true);
    expect(understand('## User\nA\n## Assistant\nB «C\n\n»## User\nD')).toMatchObject({ ends: true, wrong: 'C' });
  });

  it('keeps the names of roles inside an answer', () => {
    const found = understand('## User\nA\n## Assistant\nB\n### Output\nC\n**Answer:** «D»');
    expect(found?.prompt).toMatchObject({ answer: 'B\n### Output\nC\n**Answer:**' });
    expect(understand('## User\nA\n## Assistant\n```\n## User\n```\n«B»')?.prompt).toMatchObject({
      answer: '```\n## User\n```\n',
    });
  });

  it('ends where another section begins', () => {
    const one = '## One\n\n**User:** A\n\n**Assistant:** B\n\n';
    expect(understand(`${one}## Two\n\n**User:** C\n\n**Assistant:** «D»`)?.prompt).toMatchObject({
      messages: [{ role: 'user', content: 'C' }],
    });
    expect(understand(`${one}## Two\n\n«Plain» text.`)).toBeNull();
    expect(understand('**User:** A\n\n**Assistant:** «B»\n\n## More\n\nText.')?.ends).toBe(true);
    expect(understand('# X\n## User\nA\n## Assistant\nB\n# Y\n## User\nC\n## Assistant\n«D»')?.prompt).toMatchObject({
      messages: [{ content: 'C' }],
    });
  });

  it('takes every prompt of a list of prompts for itself', () => {
    expect(understand('**Prompt:** A\n\n**Model:** B\n\n**Prompt:** C\n\n**Model:** «D»')?.prompt).toEqual({
      kind: 'chat',
      messages: [{ role: 'user', content: 'C' }],
    });
  });

  it('is not understood where a person speaks, over two turns, without a question, or in a program', () => {
    expect(understand('## User\n«A»\n## Assistant\nB')).toBeNull();
    expect(understand('## User\nA\n## Assistant\nB «C\n## User\nD» E')).toBeNull();
    expect(understand('## Assistant\n«B»')).toBeNull();
    expect(understand('## User\nA\n## Assistant\n«B»', 'python', '/a.py')).toBeNull();
  });

  it('leaves out a role name that was selected with the answer', () => {
    expect(understand('## User\nA\n\n«## Assistant\nB» C')).toMatchObject({ wrong: 'B', written: 'B' });
  });

  it('reads a quotation of several lines without its marks', () => {
    const found = understand('> **User:** A\n> B\n>\n> **Assistant:** C\n> «D\n>\n> E»');
    expect(found).toMatchObject({
      prompt: { messages: [{ content: 'A\nB' }], answer: 'C\n' },
      wrong: 'D\n\nE',
      written: 'D\n>\n> E',
    });
    expect(write('x\ny', found!.notation)).toBe('x\n> y');
  });

  it('gives the beginning of a word, before the selection, to the target', () => {
    expect(understand('**User:** Who?\n\n**Assistant:** It was "«Bob»".')).toMatchObject({
      prompt: { answer: 'It was' },
      lead: '"',
      wrong: 'Bob',
    });
  });
});

describe('a line of a chat log', () => {
  it('is understood', () => {
    expect(
      jsonl('{"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "It was «Bob»."}]}'),
    ).toMatchObject({
      prompt: { kind: 'chat', messages: [{ role: 'user', content: 'Who?' }], answer: 'It was' },
      wrong: 'Bob',
      asked: ['Who?', 'It was'],
      ends: false,
      notation: { kind: 'json' },
    });
  });

  it('is one of many lines', () => {
    const line = '{"prompt": "A", "completion": "B"}';
    expect(jsonl(`${line}\n{"prompt": "C", "completion": "«D»"}\n${line}\n`)).toMatchObject({
      prompt: { kind: 'text', text: 'C' },
      ends: true,
    });
  });

  it.each(['completion', 'response', 'output', 'target'])('may be a prompt with its %s', (name) => {
    expect(jsonl(`{"prompt": "A", "${name}": "B «C» D"}`)).toMatchObject({
      prompt: { kind: 'text', text: 'A B' },
      wrong: 'C',
    });
  });

  it('reads escapes, whole ones', () => {
    const source = String.raw`{"prompt": "a\tb", "completion": "x\n\u00e9\ud83d«\ude00 \"q\\»\" z"}`;
    expect(jsonl(source)).toMatchObject({
      prompt: { text: 'a\tb x\n' },
      lead: 'é',
      wrong: '😀 "q\\',
      written: String.raw`\ud83d\ude00 \"q\\`,
    });
  });

  it('takes an escape whole that is selected in part', () => {
    expect(jsonl(String.raw`{"prompt": "a", "completion": "b \«u00»e9 c"}`)).toMatchObject({ wrong: 'é' });
  });

  it('knows other names', () => {
    expect(
      jsonl('{"conversations": [{"from": "human", "value": "A"}, {"from": "gpt", "value": "«B»"}]}')?.prompt,
    ).toEqual({ kind: 'chat', messages: [{ role: 'user', content: 'A' }] });
    expect(jsonl('{"messages": [{"role": "developer", "content": "A"}], "response": "«B»"}')?.prompt).toMatchObject({
      messages: [{ role: 'developer' }],
    });
  });

  it('is found in a JSON document', () => {
    const source = '[\n  {\n    "prompt": "A",\n    "output": "«B»"\n  }\n]\n';
    expect(understand(source, 'json', '/a.json')?.prompt).toEqual({ kind: 'text', text: 'A' });
  });

  it('is not understood in a question, outside its strings, or when it is damaged', () => {
    expect(jsonl('{"prompt": "«A»", "completion": "B"}')).toBeNull();
    expect(jsonl('{"prompt": "A", «"completion": "B"»}')).toBeNull();
    expect(jsonl('{"prompt": "A", "completion": "«B»"')).toBeNull();
    expect(jsonl('{"instruction": "A", "input": "B", "output": "«C»"}')).toBeNull();
    expect(jsonl('{"messages": [{"role": "user", "content": "«A»"}]}')).toBeNull();
    expect(jsonl(`${'['.repeat(5000)}"«A»"`)).toBeNull();
  });
});

describe('a line with an arrow', () => {
  it.each(['=>', '->', '→'])('is understood with %s', (arrow) => {
    expect(understand(`other\n- 2 + 2 ${arrow} «five»\nother`)).toMatchObject({
      prompt: { kind: 'text', text: '2 + 2' },
      asked: ['2 + 2'],
      wrong: 'five',
      ends: true,
    });
  });

  it('is none in its first half, over lines, and in a program', () => {
    expect(understand('a «b» => c')).toBeNull();
    expect(understand('a => «b\nc»')).toBeNull();
    expect(understand('const f = (a) => «b»', 'typescript', '/a.ts')).toBeNull();
  });
});

describe('a plain text', () => {
  const { text, selection } = marked('Zero.\n\nOne.\nTwo.\n\nThree.\nFour is «five».\nSix.\n\nSeven.');

  it('offers a line, a paragraph, two, and everything', () => {
    const offered = reachesBefore(text, selection.start).map(({ kind, start }) => [
      kind,
      text.slice(start, selection.start),
    ]);
    expect(offered).toEqual([
      ['line', 'Four is '],
      ['paragraph', 'Three.\nFour is '],
      ['block', 'One.\nTwo.\n\nThree.\nFour is '],
      ['document', 'Zero.\n\nOne.\nTwo.\n\nThree.\nFour is '],
    ]);
  });

  it('offers only what differs and is not blank', () => {
    expect(reachesBefore('One two', 4).map(({ kind }) => kind)).toEqual(['line']);
    expect(reachesBefore('One\n\ntwo', 5).map(({ kind }) => kind)).toEqual(['block']);
    expect(reachesBefore('\n\n  two', 4)).toEqual([]);
  });

  it('is a prompt from the reach to the selection', () => {
    const [, paragraph] = reachesBefore(text, selection.start);
    expect(selectOutput(exchangeOf(text, paragraph!, selection), selection)).toMatchObject({
      prompt: { kind: 'text', text: 'Three.\nFour is' },
      wrong: 'five',
      ends: false,
    });
  });

  it('ends with its paragraph', () => {
    const { text, selection } = marked('One is «two.»\n\nThree.');
    const [line] = reachesBefore(text, selection.start);
    expect(selectOutput(exchangeOf(text, line!, selection), selection)?.ends).toBe(true);
  });
});

describe('a place to go on from', () => {
  const at = (source: string, language = 'markdown') => {
    const { text, selection } = marked(source);
    const exchange = findExchange({ text, language, path: '/a' }, selection);
    return exchange && continueOutput(exchange, selection.start);
  };

  it('is in an answer, at its end, or where it is to begin', () => {
    expect(at('## User\nA\n## Assistant\nB «»C')).toMatchObject({ prompt: { answer: 'B' }, afterSpace: true });
    expect(at('## User\nA\n## Assistant\nB«»')).toMatchObject({ prompt: { answer: 'B' }, afterSpace: false });
    expect(at('## User\nA\n## Assistant\nB\n\n«»')).toMatchObject({ prompt: { answer: 'B\n\n' } });
    expect(at('## User\nA\n## Assistant\n«»')?.prompt).toEqual({
      kind: 'chat',
      messages: [{ role: 'user', content: 'A' }],
    });
    expect(at('{"prompt": "A", "completion": "«»"}', 'jsonl')?.prompt).toEqual({ kind: 'text', text: 'A' });
    expect(at('A => «»')?.prompt).toEqual({ kind: 'text', text: 'A' });
  });

  it('is none in a question', () => {
    expect(at('## User\nA«»\n## Assistant\nB')).toBeNull();
  });
});

describe('a chat for a model without a template', () => {
  it('is its one question with the answer so far', () => {
    const messages = [{ role: 'user', content: 'A?' }];
    expect(promptForModel({ kind: 'chat', messages, answer: 'B' }, false)).toEqual({
      prompt: { kind: 'text', text: 'A? B' },
      isRunTogether: false,
    });
  });

  it('is run together when there are several turns', () => {
    const messages = ['A', 'B', 'C'].map((content, i) => ({ role: i === 1 ? 'assistant' : 'user', content }));
    expect(promptForModel({ kind: 'chat', messages }, false)).toEqual({
      prompt: { kind: 'text', text: 'A\n\nB\n\nC' },
      isRunTogether: true,
    });
  });

  it('stays a chat for a model with one', () => {
    const prompt = { kind: 'chat', messages: [{ role: 'user', content: 'A' }] } as const;
    expect(promptForModel(prompt, true)).toEqual({ prompt, isRunTogether: false });
  });
});
