/** What a strictness is expected to do with relations that the calibration was not fitted to, each a share from 0 to 1. */
export interface PredictedRates {
  /** Rewordings that fire. */
  readonly reworded: number;
  /** Other questions about the same subject that do not. */
  readonly otherQuestion: number;
}

/** How readily the two-part router fires. */
export type Strictness = 'strict' | 'balanced' | 'loose';

/** Prompts as plain text, and inside the model's chat template: each is calibrated for itself. */
export type PromptKind = 'text' | 'chat';

export interface CalibrationProgress {
  readonly kind: PromptKind;
  /** Prompts read, and to read. */
  readonly done: number;
  readonly of: number;
}

/** What calibrating a model came to. `grace calibrate --json` prints this. */
export interface CalibrationResult {
  /** Of the model's weights, as they are computed with. */
  readonly fingerprint: string;
  /** Plain text, and the model's chat template where it has one. */
  readonly kinds: readonly {
    readonly kind: PromptKind;
    readonly rates: Readonly<Record<Strictness, PredictedRates>>;
  }[];
  /** What was measured now; the others were known. */
  readonly measured: readonly PromptKind[];
  /** Where it is kept, its whole path. */
  readonly file: string;
  readonly seconds: number;
}
