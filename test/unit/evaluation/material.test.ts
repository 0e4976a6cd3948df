import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { f1 } from '../../../src/engine/evaluation/answer.ts';
import { parseExperiment } from '../../../src/engine/evaluation/experiment.ts';
import { readMaterial, type Item, type Material } from '../../../src/engine/evaluation/material.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';

const place = mkdtempSync(path.join(tmpdir(), 'grace-material-'));
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});
const [facts, wordings] = [12, 8];
const file = (name: string, content: string | Buffer): void => {
  writeFileSync(path.join(place, name), content);
};
file(
  'facts.jsonl',
  Array.from({ length: facts }, (_, at) => JSON.stringify({ subject: `S${at}`, relation: 'r', target: `T${at}` })).join(
    '\n',
  ),
);
const questions = Array.from({ length: wordings }, (_, at) => `W${at} {}?`);
file('wordings.json', JSON.stringify({ relations: [{ relation: 'r', questions }] }));
file('rows.jsonl', '{"text":"a b","label":"x","split":"test"}\n{"text":"c d","label":"y","split":"train"}\n');
file('passages.txt', `${'word '.repeat(40)}\n\nshort\n`);

const material = (more: object, fits: () => boolean = () => true): Material => {
  const content = {
    name: 'm',
    title: 'M',
    model: 'm',
    task: 'questions',
    data: { edits: 'facts.jsonl', wordings: 'wordings.json' },
    ...more,
  };
  return readMaterial(parseExperiment(JSON.stringify(content), path.join(place, 'm.json')), fits);
};
const textOf = ({ prompt }: Item): string => (prompt.kind === 'text' ? prompt.text : '');

describe('readMaterial', () => {
  it('streams some wordings of each fact and holds others out, by fact and by row, for any seed', () => {
    const sizes = { seed: fc.nat(1000), streamed: fc.integer({ min: 1, max: 4 }), by: fc.constantFrom('fact', 'row') };
    fc.assert(
      fc.property(fc.record(sizes), ({ seed, streamed, by }) => {
        const { stream, holdout } = material({ seed, protocol: { streamed, by } });
        const [used, held] = [new Set(stream.map(textOf)), new Set(holdout.map(textOf))];
        expect(used.size).toBe(facts * streamed);
        expect([...held].filter((prompt) => used.has(prompt))).toEqual([]);
        const edited = new Set(stream.map(({ fact }) => fact));
        expect(holdout.every(({ fact }) => edited.has(fact))).toBe(true);
        if (by === 'fact') expect(held.size).toBe(facts * streamed);
        const again = material({ seed, protocol: { streamed, by } });
        expect(again.stream.map(textOf)).toEqual(stream.map(textOf));
      }),
      { numRuns: 30 },
    );
  });

  it('has another order for another seed, and the file’s where it is asked for', () => {
    const order = (more: object): string[] => material(more).stream.map(textOf);
    expect(order({ seed: 1 })).not.toEqual(order({ seed: 2 }));
    expect(order({ order: 'file', protocol: { streamed: 1 } })).toEqual(
      Array.from({ length: facts }, (_, at) => `W0 S${at}?`),
    );
  });

  it('takes as many rows as it is asked for', () => {
    expect(material({ size: 7 }).stream).toHaveLength(7);
    expect(
      new Set(material({ size: 7, protocol: { streamed: 2 } }).stream.map(({ fact }) => fact)).size,
    ).toBeLessThanOrEqual(4);
  });

  it('keeps the rows that are wanted, and cuts passages in two', () => {
    const { unrelated, stream } = material({
      data: { edits: { file: 'rows.jsonl', where: { split: ['test'] } }, unrelated: 'passages.txt' },
    });
    expect(stream.map(({ targets }) => targets[0])).toEqual(['x']);
    expect(unrelated).toHaveLength(1);
    expect(textOf(unrelated[0]!).split(' ')).toHaveLength(12);
  });

  it('counts rows that lack what they are read for, and refuses a file that has no others', () => {
    file('some.jsonl', '{"question":"who?","answer":"x"}\n{"question":"what?"}\n{"subject":"s","target":"t"}\n');
    const { stream, unusable } = material({ data: { edits: 'some.jsonl', unrelated: 'passages.txt' } });
    expect([stream.length, unusable]).toEqual([1, 2 + 1]);
    file('bare.jsonl', '{"question":"who?"}\n');
    expect(() => material({ data: { edits: 'rows.jsonl', unrelated: 'bare.jsonl' } })).toThrow(/bare\.jsonl/);
    file('strangers.jsonl', '{"subject":"s","relation":"other","target":"t"}\n');
    expect(() => material({ data: { edits: 'strangers.jsonl', wordings: 'wordings.json' } })).toThrow(
      /strangers\.jsonl/,
    );
  });

  it('tells the line that is wrong', () => {
    file('bad.jsonl', '{"prompt":"a","target":"b"}\n{"prompt": 3}\n');
    expect(() => material({ data: { edits: 'bad.jsonl' } })).toThrow(/Line 2/);
    expect(() => material({ data: { edits: 'absent.jsonl' } })).toThrow(/no such file/);
    expect(() => material({ data: { edits: '.' } })).toThrow(/cannot be read: EISDIR/);
  });

  it.each([
    ['[1,2]', /it must be an object/],
    ['{"text":"a","label":3}', /label must be a text or a list of texts/],
    ['{"prompt":[{"role":"user","content":"a"}],"target":"b"}', /prompt must be a text/],
    ['{"prompt":"a","target":" "}', /target must be a text or a list of texts/],
  ])('says what is wrong with %s', (line, problem) => {
    file('wrong.jsonl', `${line}\n`);
    expect(() => material({ data: { edits: 'wrong.jsonl' } })).toThrow(problem);
  });

  it('reads UTF-8, with a byte order mark or without, and nothing else', () => {
    file('mark.jsonl', '\uFEFF{"prompt":"é","target":"b"}\r\n');
    expect(material({ data: { edits: 'mark.jsonl' } }).stream.map(textOf)).toEqual(['é']);
    file('latin.jsonl', Buffer.from('{"prompt":"é","target":"b"}\n', 'latin1'));
    expect(() => material({ data: { edits: 'latin.jsonl' } })).toThrow(/not text in UTF-8/);
  });

  it('names the row that the model cannot be asked', () => {
    const fits = (): boolean => {
      throw new CodedError('bad-argument', 'The model has no class called x.', 'Its classes are: y.');
    };
    expect(() => material({ data: { edits: 'rows.jsonl' } }, fits)).toThrow(
      expect.objectContaining({
        code: 'bad-input-file',
        message: expect.stringMatching(/The row "[ac] [bd]" .* no class called x/) as string,
        advice: 'Its classes are: y.',
      }) as Error,
    );
  });
});

describe('f1', () => {
  it('counts each token once for each time that both have it', () => {
    expect(f1([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(f1([1, 1, 1], [1, 2, 3])).toBeCloseTo(1 / 3);
    expect(f1([4], [1, 2])).toBe(0);
    expect(f1([], [1])).toBe(0);
    expect(f1([1, 2], [1])).toBeCloseTo(2 / 3);
  });
});
