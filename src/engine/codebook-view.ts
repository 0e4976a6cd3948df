import path from 'node:path';

import type {
  CodebookChange,
  CodebookHead,
  CodebookSnapshot,
  EditItem,
  ItemState,
} from '../protocol/codebook-snapshot.ts';
import type { EditRecord, ListedEdit } from '../protocol/edit.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { sameLabel, type FoldedCodebook } from './grace/codebook.ts';
import type { CodebookFolder } from './grace/codebook-folder.ts';
import { summarize } from './grace/codebook-summary.ts';
import type { Member } from './grace/past-queries.ts';

/** Characters of a prompt and of a target that a list shows. */
const SHOWN = 200;
/** More of a text than this is not looked at, however much white space it has. */
const LOOKED_AT = 20 * SHOWN;

/** A codebook as its owner's host keeps it: what it was when it was told last, and what is other than that now. */
export class CodebookView {
  readonly #folder: CodebookFolder;
  /** An edit's texts never change, so they are cut once. */
  readonly #texts = new WeakMap<EditRecord, Pick<EditItem, 'prompt' | 'target'>>();
  /** The last item made of what is listed, which is another object when anything was said of the edit. */
  readonly #made = new WeakMap<ListedEdit, EditItem>();
  #revision = 1;
  #items: ReadonlyMap<number, EditItem>;
  #head: CodebookHead;

  constructor(folder: CodebookFolder) {
    this.#folder = folder;
    this.#items = this.#itemsNow();
    this.#head = this.#headNow();
  }

  /** As it was told last. */
  get snapshot(): CodebookSnapshot {
    return { head: this.#head, items: [...this.#items.values()] };
  }

  /** What is other than when it was told last; this tells it, and counts the revision up. */
  change(): CodebookChange {
    const before = this.#items;
    this.#revision++;
    this.#items = this.#itemsNow();
    this.#head = this.#headNow();
    const changed: EditItem[] = [];
    for (const [edit, item] of this.#items) {
      const old = before.get(edit);
      if (!old || (old !== item && !sameItem(old, item))) changed.push(item);
    }
    return { head: this.#head, changed, removed: [...before.keys()].filter((edit) => !this.#items.has(edit)) };
  }

  #headNow(): CodebookHead {
    const { readOnly, fault } = this.#folder;
    const { notices, ...summary } = summarize(this.#folder);
    return {
      ...summary,
      notices: fault === null ? notices : [...notices, fault],
      folder: path.resolve(this.#folder.path),
      revision: this.#revision,
      readOnly,
    };
  }

  #itemsNow(): ReadonlyMap<number, EditItem> {
    const { codebook, edits } = this.#folder;
    const fired = new Map<number, number | null>();
    for (const query of codebook.pastQueries) if (query.key === 0) fired.set(query.edit, codebook.firedBy(query));
    const items = new Map<number, EditItem>();
    for (const listed of edits) {
      const { edit } = listed.record;
      if (listed.state !== 'reverted') items.set(edit, this.#item(listed, codebook, fired.get(edit) ?? null));
    }
    return items;
  }

  /** The same object as before where nothing is other than before. */
  #item(listed: ListedEdit, codebook: FoldedCodebook, row: number | null): EditItem {
    const state = listed.state === 'live' ? liveState(listed.record, codebook, row) : listed.state;
    const entry = row === null ? null : nameOf(codebook.entries[row]!.members[0]!);
    const made = this.#made.get(listed);
    if (made?.state === state && made.entry === entry) return made;
    const item = this.#make(listed, state, entry);
    this.#made.set(listed, item);
    return item;
  }

  #make({ record, title, note, tags, radius }: ListedEdit, state: ItemState, entry: string | null): EditItem {
    return {
      edit: record.edit,
      state,
      title,
      ...this.#textsOf(record),
      tags,
      annotated: title !== '' || note !== '' || tags.length > 0,
      radius,
      keys: record.rephrasings.length + 1,
      subject: brief(record.subject ?? ''),
      negatives: record.negatives?.length ?? 0,
      rows: record.training.rows,
      at: record.at,
      success: record.training.success,
      entry,
    };
  }

  #textsOf(record: EditRecord): Pick<EditItem, 'prompt' | 'target'> {
    const known = this.#texts.get(record);
    if (known) return known;
    const texts = { prompt: brief(describe(record.prompt)), target: brief(record.target) };
    this.#texts.set(record, texts);
    return texts;
  }
}

/** An entry's name, by its first member. */
const nameOf = ({ edit, key }: Member): string => (key === 0 ? `${edit}` : `${edit}.${key}`);

/** An edit that has joined an entry with another one of the same answer still gives its own. */
function liveState({ label }: EditRecord, codebook: FoldedCodebook, entry: number | null): ItemState {
  return entry !== null && sameLabel(codebook.entries[entry]!.label, label) ? 'live' : 'orphaned';
}

/** A prompt in one line: a chat without what its system message says, which is the same in many. */
function describe(prompt: Prompt): string {
  if (prompt.kind === 'text') return prompt.pair === undefined ? prompt.text : `${prompt.text} / ${prompt.pair}`;
  const told = prompt.messages.filter(({ role }) => role !== 'system');
  const shown = told.length > 0 ? told : prompt.messages;
  const said = prompt.answer ? [...shown, { role: 'assistant', content: prompt.answer }] : shown;
  return said.length === 1 ? said[0]!.content : said.map(({ role, content }) => `${role}: ${content}`).join(' / ');
}

function brief(text: string): string {
  const line = text.slice(0, LOOKED_AT).replaceAll(/\s+/g, ' ').trim();
  if (line.length <= SHOWN) return line;
  const characters = Array.from(line);
  return characters.length <= SHOWN ? line : `${characters.slice(0, SHOWN - 1).join('')}…`;
}

function sameItem(a: EditItem, b: EditItem): boolean {
  return (
    (Object.keys(a) as (keyof EditItem)[]).every((name) => name === 'tags' || a[name] === b[name]) &&
    a.tags.length === b.tags.length &&
    a.tags.every((tag, at) => tag === b.tags[at])
  );
}
