import type { EditAction, EditOutcome, EditStep, MovedEdit } from '../../../protocol/edit.ts';
import type { Prompt } from '../../../protocol/prompt.ts';
import { askedText } from '../../text/prompt-tokens.ts';
import {
  checkEdit,
  sameLabel,
  type AskedEdit,
  type CodebookEdit,
  type Entry,
  type FoldedCodebook,
} from '../codebook.ts';
import type { PastQuery } from '../past-queries.ts';
import { isAlias, keyWords, type KeyWords } from './entity-gate.ts';

/** A row of a two-part codebook: one key of an edit with its words. */
export interface TwoPartRow extends Entry {
  readonly words: KeyWords;
  /** Prompts of this kind alone are compared with it. */
  readonly kind: Prompt['kind'];
  /** The key's prompt, by which it is known again. */
  readonly prompt: string;
  /** Prompts that must not fire it. */
  readonly negatives: ReadonlySet<string>;
}

/** What an edit needs beside its vectors in this codebook. */
type TwoPartEdit = CodebookEdit & { readonly asked: AskedEdit };

/** A prompt as a name for itself: equal for equal prompts alone. */
export const promptName = (prompt: Prompt): string => JSON.stringify(prompt);

/**
 * The codebook of the two-part router as a fold over edits. Every key is a row of its own, found again by its prompt; of the rows
 * that a prompt could fire the one with the best score does. So nothing is ever lost to a neighbour, and the rows depend on the
 * edits alone:
 *
 * - **add**: a prompt that has no row gets one;
 * - **reuse**: a prompt that has a row with this answer; the row takes the newly learned value;
 * - **update**: a prompt that has a row with another answer; the row takes the new one.
 */
export class TwoPartCodebook implements FoldedCodebook {
  readonly dIn: number;
  #rows: TwoPartRow[] = [];
  #byPrompt = new Map<string, number>();
  #past: PastQuery[] = [];

  constructor(dIn: number) {
    this.dIn = dIn;
  }

  /** The codebook of these edits. Errors as {@link apply}. */
  static fold(dIn: number, edits: Iterable<CodebookEdit>): TwoPartCodebook {
    const codebook = new TwoPartCodebook(dIn);
    for (const edit of edits) codebook.#applyKeys(edit);
    return codebook;
  }

  get entries(): readonly TwoPartRow[] {
    return this.#rows;
  }

  get pastQueries(): readonly PastQuery[] {
    return this.#past;
  }

  /** The very prompt of an edit always fires its row. */
  firedBy({ nearest }: PastQuery): number | null {
    return nearest;
  }

  /** The row whose key was made of this prompt. */
  rowOf(prompt: string): number | undefined {
    return this.#byPrompt.get(prompt);
  }

  apply(edit: CodebookEdit): EditOutcome {
    const rows = this.#rows.length;
    const before = this.#past.length;
    const steps = this.#applyKeys(edit);
    const updated = new Set(steps.filter(({ action }) => action === 'update').map(({ entry }) => entry));
    const relabelled = this.#past.slice(0, before).flatMap(({ edit: moved, key, nearest }): MovedEdit[] => {
      const isRelabelled = updated.has(nearest) && nearest < rows;
      return isRelabelled ? [{ edit: moved, key, fired: nearest, firesNow: nearest }] : [];
    });
    return { steps, orphans: [], displaced: [], relabelled };
  }

  preview(edit: CodebookEdit): EditOutcome {
    return this.previewAll([edit])[0]!;
  }

  previewAll(edits: readonly CodebookEdit[]): readonly EditOutcome[] {
    const copy = new TwoPartCodebook(this.dIn);
    copy.#rows = [...this.#rows];
    copy.#byPrompt = new Map(this.#byPrompt);
    copy.#past = [...this.#past];
    return edits.map((edit) => copy.apply(edit));
  }

  #applyKeys(edit: CodebookEdit): readonly EditStep[] {
    checkEdit(edit, this.dIn);
    if (!isComplete(edit)) throw new Error('A two-part codebook needs the prompts of an edit.');
    return edit.keys.map((_, at) => this.#applyKey(edit, at));
  }

  #applyKey(edit: TwoPartEdit, at: number): EditStep {
    const { prompts, subject, negatives } = edit.asked;
    const prompt = promptName(prompts[at]!);
    const text = askedText(prompts[at]!);
    const known = this.#byPrompt.get(prompt);
    const row = known ?? this.#rows.length;
    const old = known === undefined ? undefined : this.#rows[known];
    const member = { edit: edit.edit, key: at };
    this.#rows[row] = {
      key: old?.key ?? edit.keys[at]!,
      value: edit.value,
      label: edit.label,
      radius: edit.radius,
      members: [...(old?.members ?? []), member],
      valueFrom: edit.edit,
      words: keyWords(text, at > 0 && isAlias(text, subject) ? undefined : subject),
      kind: prompts[at]!.kind,
      prompt,
      negatives: new Set(negatives.map(promptName)),
    };
    this.#byPrompt.set(prompt, row);
    this.#past.push({ ...member, memberOf: row, nearest: row, distance: 0 });
    const action: EditAction = !old ? 'add' : sameLabel(old.label, edit.label) ? 'reuse' : 'update';
    return { action, entry: row, nearest: known ?? null, distance: old ? 0 : null };
  }
}

function isComplete(edit: CodebookEdit): edit is TwoPartEdit {
  return edit.asked?.prompts.length === edit.keys.length;
}
