import type { CalibrationResult, PromptKind } from './calibration.ts';

/** Who decides which edit fires, and what the model is calibrated for. */
export interface RouterState {
  /** grace: the paper's own, which fires on little but an edit's own prompt; two-part: one that fires on rewordings too. */
  readonly inUse: 'grace' | 'two-part';
  /** Prompts that the two-part router knows in this model, with what it is expected to do with them. */
  readonly calibrated: CalibrationResult['kinds'];
  /** Prompts that it could be calibrated for; none where all is done, and with models that it is not there for. */
  readonly missing: readonly PromptKind[];
}

/** What an edit is taken to be about before anything is learned, by the words of its prompt alone. */
export interface EditOutline {
  /** Who or what the prompt seems to be about, as it stands there; empty where it has no name and no number. */
  readonly guess: string;
  /** The words of which a prompt must have most to fire the edit. */
  readonly entity: readonly string[];
  /** The score that the size of the codebook asks for at least. */
  readonly floor: number;
}
