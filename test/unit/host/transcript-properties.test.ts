import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Prompt } from '../../../src/protocol/prompt.ts';
import { joined } from '../../../src/host/editor/transcript/exchange.ts';
import { findExchange } from '../../../src/host/editor/transcript/find-exchange.ts';
import { readJson } from '../../../src/host/editor/transcript/json-node.ts';
import { MappedText } from '../../../src/host/editor/transcript/mapped-text.ts';
import { write } from '../../../src/host/editor/transcript/notation.ts';
import { selectOutput, type SelectedOutput } from '../../../src/host/editor/transcript/selected-output.ts';

const texts = fc.string({ unit: 'grapheme', maxLength: 60 });
const words = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', '.', '\n', '"', '\\', '\t'), maxLength: 40 });

/** Any of the ways in which JSON may write a text. */
const written = (text: string): fc.Arbitrary<readonly string[]> =>
  fc.tuple(
    ...Array.from({ length: text.length }, (_, i) => {
      const unit = text[i]!;
      const code = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
      const plain = JSON.stringify(unit).slice(1, -1);
      return fc.constantFrom(
        ...new Set([code, code.toUpperCase().replace('\\U', '\\u'), plain, unit === '/' ? '\\/' : plain]),
      );
    }),
  );

/** A text, how JSON writes each of its units, and a selection of them. */
const selections = words
  .filter((text) => text.trim() !== '')
  .chain((text) =>
    fc.record({
      text: fc.constant(text),
      units: written(text),
      from: fc.nat(text.length - 1),
      length: fc.integer({ min: 1, max: text.length }),
    }),
  );

const answerOf = (prompt: Prompt): string => (prompt.kind === 'chat' ? (prompt.answer ?? '') : prompt.text);

/** What the engine learns to say: its prompt and target, joined as it joins them. */
const said = ({ prompt, lead, wrong }: SelectedOutput): string => joined(answerOf(prompt), lead + wrong);

describe('a selection in a JSON string', () => {
  it('is the text that it means, and the answer goes on with it', () => {
    fc.assert(
      fc.property(selections, ({ text, units, from, length }) => {
        const head = '{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"';
        const document = `${head}${units.join('')}"}]}`;
        const until = Math.min(text.length, from + length);
        const start = head.length + units.slice(0, from).join('').length;
        const selection = { start, end: start + units.slice(from, until).join('').length };
        const exchange = findExchange({ text: document, language: 'jsonl', path: '/a.jsonl' }, selection)!;
        const output = selectOutput(exchange, selection);
        const meant = wholeCharacters(text, from, until).trim();
        expect(output?.wrong ?? '').toBe(meant);
        if (!output) return;
        const span = document.slice(output.wrongSpan.start, output.wrongSpan.end);
        expect(JSON.parse(`"${span}"`)).toBe(meant);
        expect(text.startsWith(said(output))).toBe(true);
        expect(output.ends).toBe(wholeCharacters(text, from, text.length).trim() === meant);
      }),
      { numRuns: 500 },
    );
  });

  it('can be replaced by any text', () => {
    fc.assert(
      fc.property(texts, texts, (text, target) => {
        const document = JSON.stringify({ prompt: 'Q', completion: `x ${text}y` });
        const start = document.lastIndexOf(':"x ') + 4;
        const selection = { start, end: document.length - 2 };
        const output = selectOutput(
          findExchange({ text: document, language: 'json', path: '/a.json' }, selection)!,
          selection,
        )!;
        const { wrongSpan } = output;
        const replaced =
          document.slice(0, wrongSpan.start) + write(target, output.notation) + document.slice(wrongSpan.end);
        const { completion } = JSON.parse(replaced) as { completion: string };
        expect(completion).toBe(`x ${text}y`.slice(0, `x ${text}y`.length - `${text}y`.trimStart().length) + target);
      }),
    );
  });
});

describe('JSON', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (source, spaces) => {
        const value = JSON.parse(source) as unknown;
        const text = JSON.stringify(value, null, spaces);
        const node = readJson(text, { start: 0, end: text.length });
        expect(node).not.toBeNull();
        if (typeof value === 'string') expect(node).toMatchObject({ kind: 'string', text: { text: value } });
      }),
    );
  });

  it('is refused where JSON.parse refuses it', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (source, at) => {
        const cut = source.slice(0, at % source.length);
        const isRead = readJson(cut, { start: 0, end: cut.length }) !== null;
        expect(isRead).toBe(parses(cut));
      }),
    );
  });
});

describe('a Markdown chat', () => {
  it('gives back any selection of an answer', () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '😀', '.', '>'), maxLength: 12 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(lines, fc.nat(), fc.nat(), fc.constantFrom('\n', '\r\n'), (answer, a, b, eol) => {
        const head = ['## User', '', 'Q', '', '## Assistant', '', ''].join(eol);
        const document = head + answer.join(eol);
        const body = document.length - head.length;
        const [from, to] = [a % (body + 1), b % (body + 1)].sort((x, y) => x - y) as [number, number];
        const selection = { start: head.length + from, end: head.length + to };
        const exchange = findExchange({ text: document, language: 'markdown', path: '/a.md' }, selection);
        const output = exchange && selectOutput(exchange, selection);
        const meant = wholeCharacters(document, selection.start, selection.end).replaceAll('\r\n', '\n').trim();
        if (meant === '') return;
        expect(output?.wrong).toBe(meant);
        const spoken = answer.join('\n').trimStart();
        expect(spoken.startsWith(said(output!))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a mapped text', () => {
  it('is its own place where nothing is escaped', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat(), (text, a, b) => {
        const document = `[${text}]`;
        const mapped = MappedText.verbatim(document, { start: 1, end: 1 + text.length });
        const plain = text.replaceAll('\r\n', '\n');
        expect(mapped.text).toBe(plain);
        const [start, end] = [a % (plain.length + 1), b % (plain.length + 1)].sort((x, y) => x - y) as [number, number];
        const span = mapped.spanOf({ start, end });
        expect(document.slice(span.start, span.end).replaceAll('\r\n', '\n')).toBe(plain.slice(start, end));
      }),
    );
  });
});

function wholeCharacters(text: string, from: number, until: number): string {
  const isCut = (at: number): boolean => /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1));
  return from === until ? '' : text.slice(isCut(from) ? from - 1 : from, isCut(until) ? until + 1 : until);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
