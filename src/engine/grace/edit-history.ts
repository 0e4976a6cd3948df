import { CodedError, type ErrorCode } from '../../protocol/coded-error.ts';
import type { CodebookNotice, EditRecord, JournalRecord, ListedEdit } from '../../protocol/edit.ts';

/** An edit and what later records said of it. */
export interface PastEdit extends Omit<ListedEdit, 'state'> {
  readonly state: Exclude<ListedEdit['state'], 'damaged'>;
}

type Word = Exclude<JournalRecord, EditRecord>;
type Objection = Pick<CodebookNotice, 'kind' | 'message'>;

const CODE: Partial<Record<CodebookNotice['kind'], ErrorCode>> = { 'unknown-edit': 'edit-unknown' };
const STATE_AFTER = { disable: 'disabled', enable: 'live', revert: 'reverted' } as const;
/** What a word does to an edit, as sentences need it. */
const DOING: Readonly<Record<Word['op'], string>> = {
  disable: 'disable',
  enable: 'enable',
  revert: 'revert',
  annotate: 'annotate',
  radius: 'give another radius',
};
const DONE: Readonly<Record<Word['op'], string>> = {
  disable: 'disabled',
  enable: 'enabled',
  revert: 'reverted',
  annotate: 'annotated',
  radius: 'given another radius',
};

/** What has become of every edit: a replay of the journal, in which records that make no sense have no effect. */
export class EditHistory {
  readonly #edits = new Map<number, PastEdit>();
  readonly #records: JournalRecord[] = [];
  #lastEdit = 0;

  /** In order of creation. */
  get edits(): ReadonlyMap<number, PastEdit> {
    return this.#edits;
  }

  /** Every record that had an effect, in order. */
  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  /** The highest number that any record mentions; 0 without records. */
  get lastEdit(): number {
    return this.#lastEdit;
  }

  /** Takes up a record; if it makes no sense, nothing changes, and the notice says why. */
  replay(record: JournalRecord, line: number | null = null): CodebookNotice | null {
    this.#lastEdit = Math.max(this.#lastEdit, record.edit);
    const objection = this.#objection(record);
    if (objection) return { ...objection, line, edit: record.edit };
    this.#edits.set(record.edit, record.op === 'edit' ? begin(record) : after(this.#edits.get(record.edit)!, record));
    this.#records.push(record);
    return null;
  }

  /** @throws CodedError `edit-unknown`, or `bad-argument` when the record would have no effect, or no sense. */
  check(record: JournalRecord): void {
    const objection = this.#objection(record);
    if (!objection) return;
    const advice =
      objection.kind === 'after-revert' ? 'Make the edit again.' : 'List the edits to see their numbers and states.';
    throw new CodedError(CODE[objection.kind] ?? 'bad-argument', objection.message, advice, { edit: record.edit });
  }

  #objection(record: JournalRecord): Objection | null {
    const past = this.#edits.get(record.edit);
    if (record.op !== 'edit') return objectionTo(record, past?.state);
    return past
      ? { kind: 'duplicate-edit', message: `There is an edit ${record.edit} already; the first one counts.` }
      : null;
  }
}

const begin = (record: EditRecord): PastEdit => ({
  ...{ record, state: 'live', radius: record.radius },
  ...{ title: '', note: '', tags: [] },
});

function after(past: PastEdit, word: Word): PastEdit {
  switch (word.op) {
    case 'annotate': {
      const { title = past.title, note = past.note, tags = past.tags } = word;
      return { ...past, title, note, tags };
    }
    case 'radius':
      return { ...past, radius: word.radius };
    case 'disable':
    case 'enable':
    case 'revert':
      return { ...past, state: STATE_AFTER[word.op] };
  }
}

function objectionTo({ op, edit }: Word, state: PastEdit['state'] | undefined): Objection | null {
  if (state === undefined) return { kind: 'unknown-edit', message: `There is no edit ${edit} to ${DOING[op]}.` };
  if (state === 'reverted') {
    const message =
      op === 'revert' ? `Edit ${edit} is reverted already.` : `Edit ${edit} was reverted, so it cannot be ${DONE[op]}.`;
    return { kind: 'after-revert', message };
  }
  if (op === 'annotate' || op === 'radius' || state !== STATE_AFTER[op]) return null;
  return { kind: 'without-effect', message: `Edit ${edit} is ${state === 'live' ? 'enabled' : state} already.` };
}
