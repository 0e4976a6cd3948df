/** What a strictness is expected to do with relations that the calibration was not fitted to, each a share from 0 to 1. */
export interface PredictedRates {
  /** Rewordings that fire. */
  readonly reworded: number;
  /** Other questions about the same subject that do not. */
  readonly otherQuestion: number;
}

/** How readily the two-part router fires. */
export type Strictness = 'strict' | 'balanced' | 'loose';

/** What calibrating a model came to. `grace calibrate --json` prints this. */
export interface CalibrationResult {
  /** Of the model's weights, as they are computed with. */
  readonly fingerprint: string;
  /** Plain text, and the model's chat template where it has one. */
  readonly kinds: readonly {
    readonly kind: 'text' | 'chat';
    readonly rates: Readonly<Record<Strictness, PredictedRates>>;
  }[];
  /** Where it is kept, its whole path. */
  readonly file: string;
  readonly seconds: number;
}
