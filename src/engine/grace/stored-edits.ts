import type { EditRecord, ListedEdit } from '../../protocol/edit.ts';
import { Codebook, type CodebookEdit } from './codebook.ts';
import { EditHistory } from './edit-history.ts';
import type { EditVectors } from './vectors.ts';

/** The edits of a codebook: their history, and the vectors of those that were not reverted and can be read. */
export class StoredEdits {
  readonly history = new EditHistory();
  /** By the edit's number. */
  readonly vectors = new Map<number, EditVectors>();

  /** Every edit there ever was, in order of creation. */
  list(): readonly ListedEdit[] {
    return [...this.history.edits.values()].map(({ record, state }) => ({
      record,
      state: state !== 'reverted' && !this.vectors.has(record.edit) ? 'damaged' : state,
    }));
  }

  /** The codebook of the live edits, in order of creation; dIn is the length of keys. */
  fold(dIn: number): Codebook {
    const live = this.list().filter(({ state }) => state === 'live');
    return Codebook.fold(
      dIn,
      live.map(({ record }) => toCodebookEdit(record, this.vectors.get(record.edit)!)),
    );
  }
}

export const toCodebookEdit = ({ edit, label, radius }: EditRecord, { keys, value }: EditVectors): CodebookEdit => ({
  ...{ edit, label, radius },
  ...{ keys, value },
});
