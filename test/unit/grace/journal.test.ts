import { appendFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES, readJournal } from '../../../src/engine/grace/journal-lines.ts';
import { JournalWriter } from '../../../src/engine/grace/journal.ts';
import type { EditRecord, JournalRecord } from '../../../src/protocol/edit.ts';
import { editOf } from './sample-edits.ts';
import { codeOf, temporaryFolder } from './samples.ts';

const at = '2025-03-01T12:00:00.000Z';

const editRecord = (edit: number): EditRecord => ({
  ...editOf(edit, 0, [edit], [0.5]),
  ...{ op: 'edit', edit, at, vectors: `${'0'.repeat(64)}.safetensors` },
});

const RECORDS: readonly JournalRecord[] = [
  editRecord(1),
  { ...editRecord(2), probes: [{ prompt: editOf(9, 9, [9], []).prompt, answer: '', maxTokens: 1 }] },
  { op: 'disable', edit: 1, at },
  { ...editRecord(3), prompt: { kind: 'chat', messages: [{ role: 'user', content: 'Größe 🦭\n\u0000"' }] } },
];

function emptyJournal(): string {
  const file = path.join(temporaryFolder(), 'edits.jsonl');
  writeFileSync(file, '');
  return file;
}

function append(file: string, ...records: readonly JournalRecord[]): void {
  const writer = new JournalWriter(file, readJournal(file));
  for (const record of records) writer.append(record);
  writer.close();
}

function fullJournal(): string {
  const file = emptyJournal();
  append(file, ...RECORDS);
  return file;
}

const recordsIn = (file: string) => readJournal(file).lines.map(({ record }) => record);

describe('the journal', () => {
  it('reads what was appended, one line each', () => {
    const file = fullJournal();
    expect(recordsIn(file)).toEqual(RECORDS);
    expect(readJournal(file).notices).toEqual([]);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(RECORDS.length + 1);
  });

  it('loses no whole record, wherever it is cut off, and goes on from there', () => {
    const whole = readFileSync(fullJournal());
    const ends = [...whole.keys()].filter((at) => whole[at] === 0x0a);
    const file = emptyJournal();
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      // The last record is whole even when only its line end is missing.
      const kept = ends.filter((end) => end <= length).length;
      const torn = length > 0 && !ends.some((end) => length === end || length === end + 1);
      const { notices, lines } = readJournal(file);
      expect(lines.map(({ record }) => record)).toEqual(RECORDS.slice(0, kept));
      expect(notices.map(({ kind }) => kind)).toEqual(torn ? ['torn-tail'] : []);
      // Appending waits for the disk: not for every byte in the middle of a record.
      if (length % 50 > 0 && !ends.some((end) => Math.abs(end - length) < 3)) continue;
      append(file, ...RECORDS.slice(kept));
      expect(readFileSync(file)).toEqual(
        kept === RECORDS.length && length < whole.length ? whole.subarray(0, -1) : whole,
      );
    }
  });

  it('ends a last line that is whole before it goes on', () => {
    const file = fullJournal();
    truncateSync(file, readFileSync(file).length - 1);
    append(file, { op: 'revert', edit: 2, at });
    expect(recordsIn(file)).toEqual([...RECORDS, { op: 'revert', edit: 2, at }]);
    expect(readJournal(file).notices).toEqual([]);
  });

  it('reports bad lines with their numbers and never deletes them', () => {
    const line = (record: unknown) => Buffer.from(`${JSON.stringify(record)}\n`);
    const bad: readonly [Buffer, RegExp][] = [
      [Buffer.from('<<<<<<< HEAD\n'), /not JSON/],
      [Buffer.from([0x22, 0xff, 0x22, 0x0a]), /not JSON/],
      [Buffer.alloc(100).fill('\n', 99), /not JSON/],
      [line([]), /no edit/],
      [line({ op: 'rename', edit: 1, at }), /op/],
      [line({ ...editRecord(9), vectors: '../../secret' }), /vectors/],
      [line({ ...editRecord(9), radius: -1 }), /radius/],
      [line({ ...editRecord(9), edit: 0 }), /edit/],
      [line({ ...editRecord(9), label: ['a'] }), /label: 0/],
      [Buffer.from(`${'['.repeat(100_000)}\n`), /not JSON/],
    ];
    const file = fullJournal();
    const before = readFileSync(file);
    for (const [bytes, reason] of bad) {
      writeFileSync(file, Buffer.concat([before, Buffer.from('\r\n'), bytes, line(editRecord(4))]));
      const { lines, notices } = readJournal(file);
      expect(lines.map(({ record }) => record)).toEqual([...RECORDS, editRecord(4)]);
      expect(notices).toMatchObject([{ kind: 'bad-line', line: RECORDS.length + 2 }]);
      expect(notices[0]!.message).toMatch(reason);
      append(file, editRecord(5));
      expect(readFileSync(file).includes(bytes)).toBe(true);
      expect(recordsIn(file).at(-1)).toEqual(editRecord(5));
    }
  });

  it('keeps a last line that is JSON, though not one of ours', () => {
    const file = fullJournal();
    appendFileSync(file, '{"op":"rename"}');
    expect(readJournal(file).notices).toMatchObject([{ kind: 'bad-line' }]);
    append(file, editRecord(5));
    expect(readFileSync(file, 'utf8')).toContain('{"op":"rename"}\n');
  });

  it('passes over a line that is too long without holding it', () => {
    const file = fullJournal();
    const long = Buffer.alloc(5 * MAX_LINE_BYTES, ' ');
    appendFileSync(file, Buffer.concat([long, Buffer.from('\n'), Buffer.from(`${JSON.stringify(editRecord(4))}\n`)]));
    const { lines, notices } = readJournal(file);
    expect(lines).toHaveLength(RECORDS.length + 1);
    expect(notices).toMatchObject([{ kind: 'bad-line', line: RECORDS.length + 1 }]);
  });

  it('refuses to append a line that it would not read', () => {
    const file = fullJournal();
    const before = readFileSync(file);
    const tooLong = { ...editRecord(4), target: 'x'.repeat(MAX_LINE_BYTES) };
    expect(
      codeOf(() => {
        append(file, tooLong);
      }),
    ).toBe('bad-argument');
    expect(() => {
      append(file, { ...editRecord(4), training: { ...editRecord(4).training, lastLoss: NaN } });
    }).toThrow();
    expect(readFileSync(file)).toEqual(before);
  });

  it('appends several records together', () => {
    const file = emptyJournal();
    append(file, RECORDS[0]!);
    const writer = new JournalWriter(file, readJournal(file));
    writer.appendTogether(RECORDS.slice(1, 3));
    writer.append(RECORDS[3]!);
    writer.close();
    expect(recordsIn(file)).toEqual(RECORDS);
  });

  it('does not write over what another program has written', () => {
    const changes: ((file: string) => void)[] = [
      (file) => {
        appendFileSync(file, '\n');
      },
      (file) => {
        truncateSync(file, 10);
      },
      (file) => {
        writeFileSync(`${file}.new`, readFileSync(file));
        renameSync(`${file}.new`, file);
      },
      (file) => {
        renameSync(file, `${file}.old`);
      },
    ];
    for (const change of changes) {
      const file = fullJournal();
      const writer = new JournalWriter(file, readJournal(file));
      change(file);
      expect(
        codeOf(() => {
          writer.append(editRecord(4));
        }),
      ).toBe('codebook-damaged');
      expect(
        codeOf(() => {
          writer.appendTogether([editRecord(4)]);
        }),
      ).toBe('codebook-damaged');
      writer.close();
    }
  });
});
