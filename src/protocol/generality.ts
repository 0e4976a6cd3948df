import type { Strictness } from './calibration.ts';

/** What a prompt of a generality test is to the edit: that edit must answer the first four, and leave the others alone. */
export type GeneralityKind =
  | 'prompt'
  | 'rewording'
  | 'prefixedRewording'
  | 'alias'
  | 'otherSubject'
  | 'otherQuestion'
  | 'otherRelation'
  | 'unrelated';

/** A share of cases with its 95 % interval (Wilson 1927). */
export interface Rate {
  readonly hits: number;
  readonly of: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** Rates of one kind of prompt. */
export interface GeneralityRow {
  readonly kind: GeneralityKind;
  /** An edit fires; for prompts that must fire: their own. */
  readonly fires: Rate;
  /** For prompts that must fire: the answer is the target to the letter. For the others: it is what it was. */
  readonly right: Rate;
}

/** What `grace generality --json` prints. */
export interface GeneralityResult {
  readonly model: string;
  readonly router: string;
  readonly edits: number;
  /** Edits whose value reached the target. */
  readonly reached: number;
  /** The first fact whose prompts were asked, from 0: those before it were edited alone. */
  readonly countFrom: number;
  /** Edits whose value is a track. */
  readonly tracks: number;
  readonly stepsPerEdit: number;
  readonly secondsPerEdit: number;
  /** One for each strictness; one in all with GRACE's own router. */
  readonly settings: readonly {
    readonly setting: Strictness | 'radius';
    /** The score from which keys fire; null with GRACE's own router. */
    readonly threshold: number | null;
    readonly rows: readonly GeneralityRow[];
  }[];
}
