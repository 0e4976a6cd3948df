import type { Prompt } from './prompt.ts';

/** Which output rows of the edited module a value replaces; t* is the key position (the paper's code). */
export type ReplacementPolicy = 'replace_last' | 'replace_prompt' | 'replace_all';

/** What an edit did to the codebook; `reuse`: same label inside the radius, no key or radius changed. */
export type EditAction = 'add' | 'expand' | 'reuse' | 'split' | 'update';

/** How a value was learned. */
export interface TrainingSummary {
  readonly start: 'warm' | 'cold';
  readonly learningRate: number;
  readonly steps: number;
  /** Rows of the value: 1 for one vector, more for a track with one for each token of the target. */
  readonly rows: number;
  readonly firstLoss: number;
  readonly lastLoss: number;
  /** True when real greedy generation gave the target for every prompt of the edit. */
  readonly success: boolean;
  /** Unrelated sentences behind which it was learned as well. */
  readonly leadIns?: number | undefined;
}

/** A prompt whose answer an edit was to leave as it is, with the answer that it had just before. */
export interface KeptProbe {
  readonly prompt: Prompt;
  /** Greedy, through the codebook as it was. */
  readonly answer: string;
  /** Tokens that were generated at most: a longer answer was cut there. */
  readonly maxTokens: number;
}

/** What the person asked for and what came of it: one line of edits.jsonl, kept for ever. */
export interface EditRecord {
  readonly op: 'edit';
  /** Counts from 1 within a codebook; never given twice. */
  readonly edit: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly prompt: Prompt;
  readonly target: string;
  /** The target's token ids, the end token included where it was trained: the label y of the paper. */
  readonly label: readonly number[];
  readonly rephrasings: readonly Prompt[];
  /** Who or what the edit is about, where the person has said so; the two-part router reads it. */
  readonly subject?: string | undefined;
  /** Prompts that must not fire the edit; the two-part router heeds them. */
  readonly negatives?: readonly Prompt[] | undefined;
  /** e_init of this edit. */
  readonly radius: number;
  readonly replace: ReplacementPolicy;
  /** Content name of the file that holds `key.0` ... `key.n` (d_in) and `value` (d_out). */
  readonly vectors: string;
  readonly training: TrainingSummary;
  /** Greedy output for the prompt before the edit, and with it. */
  readonly before: string;
  readonly after: string;
  /** So that they can be asked again; absent where there were none, and in journals from before they were kept. */
  readonly probes?: readonly KeptProbe[] | undefined;
  /** Which line of a batch file asked for it, so that an interrupted batch goes on where it stopped. */
  readonly source?: string | undefined;
}

/** A later word on an edit; `revert` is final, `disable` and `enable` are not. */
export interface EditSwitch {
  readonly op: 'disable' | 'enable' | 'revert';
  readonly edit: number;
  readonly at: string;
}

/** What a person calls an edit and notes about it; a field that is absent stays as it was. It changes no behaviour. */
export interface EditAnnotation {
  readonly op: 'annotate';
  readonly edit: number;
  readonly at: string;
  readonly title?: string | undefined;
  readonly note?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Another e_init for an edit: the codebook becomes what it would be had the edit been made with it. */
export interface EditRadius {
  readonly op: 'radius';
  readonly edit: number;
  readonly at: string;
  readonly radius: number;
}

export type JournalRecord = EditRecord | EditSwitch | EditAnnotation | EditRadius;

/** live: in the codebook; damaged: its vectors cannot be read, so it is left out until they are back. */
export type EditState = 'live' | 'disabled' | 'reverted' | 'damaged';

/** An earlier edit that a new one has moved: it fires another entry now, or none. */
export interface MovedEdit {
  readonly edit: number;
  /** Prompt of the edit: 0 is its own, 1... its rephrasings. */
  readonly key: number;
  /** The entry it fired before, or null. */
  readonly fired: number | null;
  /** The entry it fires now, or null. */
  readonly firesNow: number | null;
}

/** What one key of an edit did to the codebook; an edit's keys are applied one after the other, its prompt's first. */
export interface EditStep {
  readonly action: EditAction;
  /** The entry that the key ended up in: the new one after an add or a split. */
  readonly entry: number;
  /** The nearest entry just before, and its distance; null in an empty codebook. */
  readonly nearest: number | null;
  readonly distance: number | null;
}

/** What an edit did to the codebook and to the edits before it. */
export interface EditOutcome {
  /** One for each key. */
  readonly steps: readonly EditStep[];
  /** Members of an entry that the edit split: they fired it and do not any more. */
  readonly orphans: readonly MovedEdit[];
  /** Other prompts of earlier edits whose entry the edit changed: a new ball reaches into an old one, or is nearer. */
  readonly displaced: readonly MovedEdit[];
  /** Members of an entry that the edit updated: they still fire it, and get the new answer now. */
  readonly relabelled: readonly MovedEdit[];
}

/** An edit of a codebook as it is listed. */
export interface ListedEdit {
  readonly record: EditRecord;
  readonly state: EditState;
  /** What people have said of it; empty where nobody has. */
  readonly title: string;
  readonly note: string;
  readonly tags: readonly string[];
  /** e_init as it is in force: the record's, or the one that was set last. */
  readonly radius: number;
}

/** Something in a codebook's files that was skipped, left out or mended when it was opened. */
export interface CodebookNotice {
  readonly kind:
    'torn-tail' | 'bad-line' | 'duplicate-edit' | 'unknown-edit' | 'after-revert' | 'without-effect' | 'vector-damaged';
  /** One plain sentence. */
  readonly message: string;
  /** Line of edits.jsonl, from 1; null when it is not about a line. */
  readonly line: number | null;
  readonly edit: number | null;
}
