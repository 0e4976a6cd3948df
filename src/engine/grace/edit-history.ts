import { CodedError, type ErrorCode } from '../../protocol/coded-error.ts';
import type { CodebookNotice, EditRecord, EditState, EditSwitch, JournalRecord } from '../../protocol/edit.ts';

/** An edit and what later records said of it. */
export interface PastEdit {
  readonly record: EditRecord;
  readonly state: Exclude<EditState, 'damaged'>;
}

type Objection = Pick<CodebookNotice, 'kind' | 'message'>;

const CODE: Partial<Record<CodebookNotice['kind'], ErrorCode>> = { 'unknown-edit': 'edit-unknown' };
const STATE_AFTER = { disable: 'disabled', enable: 'live', revert: 'reverted' } as const;

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
    const state = record.op === 'edit' ? 'live' : STATE_AFTER[record.op];
    this.#edits.set(record.edit, {
      record: record.op === 'edit' ? record : this.#edits.get(record.edit)!.record,
      state,
    });
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
    if (record.op !== 'edit') return switchObjection(record, past?.state);
    return past
      ? { kind: 'duplicate-edit', message: `There is an edit ${record.edit} already; the first one counts.` }
      : null;
  }
}

function switchObjection({ op, edit }: EditSwitch, state: PastEdit['state'] | undefined): Objection | null {
  if (state === undefined) return { kind: 'unknown-edit', message: `There is no edit ${edit} to ${op}.` };
  if (state === 'reverted') {
    const message =
      op === 'revert' ? `Edit ${edit} is reverted already.` : `Edit ${edit} was reverted, so it cannot be ${op}d.`;
    return { kind: 'after-revert', message };
  }
  if (state !== STATE_AFTER[op]) return null;
  return { kind: 'without-effect', message: `Edit ${edit} is ${state === 'live' ? 'enabled' : state} already.` };
}
