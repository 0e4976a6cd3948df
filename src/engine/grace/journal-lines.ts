import { closeSync, openSync, readSync } from 'node:fs';
import type { CodebookNotice, JournalRecord } from '../../protocol/edit.ts';
import { accessing } from './durable-file.ts';
import { journalRecord } from './journal-record.ts';

/** A record and the line of edits.jsonl it was read from, from 1. */
export interface JournalLine {
  readonly line: number;
  readonly record: JournalRecord;
}

/** What edits.jsonl holds. */
export interface Journal {
  readonly lines: readonly JournalLine[];
  /** Bad lines, which were skipped, and a torn tail. */
  readonly notices: readonly CodebookNotice[];
  /** Bytes of the file, and of its whole lines: what follows them is a record whose writing was interrupted. */
  readonly size: number;
  readonly end: number;
  /** Whether the last whole line has its line end. */
  readonly ended: boolean;
}

/** A line may have this many bytes; one that is longer is skipped without being held in memory. */
export const MAX_LINE_BYTES = 8 * 2 ** 20;
const CHUNK_BYTES = 2 ** 20;
const LINE_END = 0x0a;

interface RawLine {
  /** Null for a line that is too long. */
  readonly bytes: Uint8Array | null;
  /** Where the next one begins, or the file ends. */
  readonly end: number;
  readonly ended: boolean;
}

type ParsedLine = { readonly record: JournalRecord } | { readonly fault: string; readonly whole: boolean };

/**
 * Reads a journal. A bad line is reported and skipped; so is the tail, if writing it was interrupted. The journal itself is
 * left as it is.
 *
 * @throws CodedError `storage-failed` when the file system refuses.
 */
export function readJournal(file: string): Journal {
  const lines: JournalLine[] = [];
  const notices: CodebookNotice[] = [];
  let [number, size, end, ended] = [0, 0, 0, true];
  for (const raw of rawLines(file)) {
    number++;
    size = raw.end;
    const parsed = parseLine(raw.bytes);
    if (parsed && 'record' in parsed) lines.push({ line: number, record: parsed.record });
    const torn = !raw.ended && parsed !== null && 'fault' in parsed && !parsed.whole;
    if (parsed && 'fault' in parsed) notices.push(torn ? tornTail(number) : badLine(number, parsed.fault));
    if (torn) break;
    [end, ended] = [raw.end, raw.ended];
  }
  return { lines, notices, size, end, ended };
}

/** The file line by line, blank ones included; a long line is passed over in pieces. */
function* rawLines(file: string): Generator<RawLine> {
  const descriptor = accessing(file, () => openSync(file, 'r'));
  try {
    let pieces: Buffer[] = [];
    let [begin, at] = [0, 0];
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let count; (count = accessing(file, () => readSync(descriptor, chunk))) > 0;) {
      for (let from = 0; from < count;) {
        const lineEnd = chunk.subarray(0, count).indexOf(LINE_END, from);
        const to = lineEnd < 0 ? count : lineEnd + 1;
        at += to - from;
        if (at - begin <= MAX_LINE_BYTES) pieces.push(Buffer.from(chunk.subarray(from, to)));
        from = to;
        if (lineEnd < 0) continue;
        yield { bytes: joined(pieces, at - begin), end: at, ended: true };
        [pieces, begin] = [[], at];
      }
    }
    if (at > begin) yield { bytes: joined(pieces, at - begin), end: at, ended: false };
  } finally {
    closeSync(descriptor);
  }
}

const joined = (pieces: readonly Buffer[], length: number): Buffer | null =>
  length <= MAX_LINE_BYTES ? Buffer.concat(pieces) : null;

/** Null for a blank line, which means nothing. */
function parseLine(bytes: Uint8Array | null): ParsedLine | null {
  if (!bytes) return { fault: `is longer than ${MAX_LINE_BYTES} bytes`, whole: false };
  let json: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (text.trim() === '') return null;
    json = JSON.parse(text);
  } catch {
    return { fault: 'is not JSON', whole: false };
  }
  const { success, data, error } = journalRecord.safeParse(json);
  if (success) return { record: data };
  const { path, message } = error.issues[0]!;
  return { fault: `is no edit and no word on one (${[...path, message].join(': ')})`, whole: true };
}

function badLine(line: number, fault: string): CodebookNotice {
  const message = `Line ${line} of edits.jsonl ${fault}; it was left where it is, and skipped.`;
  return { kind: 'bad-line', message, line, edit: null };
}

function tornTail(line: number): CodebookNotice {
  const message = `The last line of edits.jsonl, ${line}, was not written to its end, so it was never part of the codebook.`;
  return { kind: 'torn-tail', message, line, edit: null };
}
