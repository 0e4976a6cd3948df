import type { Decision } from './decision.ts';
import type { EditAction } from './edit.ts';

/**
 * What edits a model in an experiment: GRACE with its own router or with the two-part router, or what it is compared with.
 */
export const METHODS = [
  'none',
  'ft',
  'ft-ewc',
  'ft-retrain',
  'defer',
  'memory',
  'in-context',
  'grace',
  'grace-two-part',
] as const;
export type MethodName = (typeof METHODS)[number];

/** questions: a question and its new answer; labels: a text and its new class; passages: a text so far and its next sentence. */
export const TASKS = ['questions', 'labels', 'passages'] as const;
export type TaskName = (typeof TASKS)[number];

/**
 * ES: an edit, right after it was made. ERR (edit retention): the edits so far. TRR (test retention): prompts unrelated to the edits.
 * ARR (accurate retention): answers that were right. holdout: other wordings of edited facts, never used to edit.
 */
export const GROUPS = ['ES', 'ERR', 'TRR', 'ARR', 'holdout'] as const;
export type GroupName = (typeof GROUPS)[number];

/** How a model does on some prompts. */
export interface GroupMetrics {
  /** Prompts asked. */
  readonly prompts: number;
  /** Share whose greedy output is the target, token by token. */
  readonly exact: number;
  /** Mean F1 of the tokens of output and target, as the paper's QA experiment counts them. */
  readonly f1: number;
  /** Share whose target tokens are each the most likely one, given those before it (teacher forcing). */
  readonly forced: number;
  /** Mean over the prompts of the perplexity of each target; null when it is beyond numbers. */
  readonly perplexity: number | null;
  /** Share whose output is the unedited model's. */
  readonly unchanged: number;
}

/** What is known after a number of edits. */
export interface EvaluationCheckpoint {
  /** Edits made; 0 is the model before any, where ERR is that of the whole stream. */
  readonly edits: number;
  /** Keys or memory slots; null for methods that have none. */
  readonly keys: number | null;
  readonly groups: Readonly<Partial<Record<GroupName, GroupMetrics>>>;
  /** The same, with TRR and ARR on the prompts that every checkpoint asks: for looking at how they change. */
  readonly course: Readonly<Partial<Record<GroupName, GroupMetrics>>>;
}

/** What an experiment took on this machine; no two runs agree in it. */
export interface EvaluationCost {
  /** Median and mean seconds of an edit; null for a method that edits nothing, and where no edit's time is known. */
  readonly medianSeconds: number | null;
  readonly meanSeconds: number | null;
  /** Largest resident memory of the process at a checkpoint, in bytes. */
  readonly memory: number;
  readonly checkpoints: readonly CheckpointCost[];
}

/** The same from the checkpoint before to this one. */
export interface CheckpointCost {
  readonly edits: number;
  readonly medianSeconds: number | null;
  readonly memory: number;
}

export interface MethodResult {
  readonly method: MethodName;
  /** Whether the whole stream was edited and measured. */
  readonly complete: boolean;
  readonly checkpoints: readonly EvaluationCheckpoint[];
  readonly actions: Readonly<Partial<Record<EditAction, number>>>;
  readonly cost: EvaluationCost | null;
}

/** What `grace evaluate --json` prints. */
export interface EvaluationResult {
  readonly name: string;
  readonly title: string;
  readonly task: TaskName;
  readonly model: { readonly name: string; readonly architecture: string; readonly fingerprint: string };
  readonly hook: { readonly replace: string; readonly key: string };
  /** e_init of the method grace. */
  readonly radius: number;
  readonly seed: number;
  /** Rows of the stream, and prompts of each group. */
  readonly stream: number;
  readonly prompts: Readonly<Partial<Record<GroupName, number>>>;
  /** Rows left out because prompt and target do not fit the model. */
  readonly tooLong: number;
  /** Rows left out because they lack what they are read for; absent in runs of earlier versions. */
  readonly unusable?: number | undefined;
  /** What the numbers mean where the paper leaves a choice. */
  readonly notes: readonly string[];
  readonly methods: readonly MethodResult[];
}

/** One line of a method's log.jsonl: an edit. */
export interface EditLine {
  readonly op: 'edit';
  /** Row of the stream, from 0. */
  readonly row: number;
  readonly prompt: string;
  readonly target: string;
  readonly output: string;
  readonly exact: boolean;
  readonly f1: number;
  readonly forced: boolean;
  /** Mean negative log-likelihood of the target's tokens; null when it is no number. */
  readonly nll: number | null;
  readonly steps: number;
  /** Number in the run's codebook, and what the edit did to it; for GRACE. */
  readonly edit?: number | undefined;
  readonly action?: EditAction | undefined;
  /** What fired for the edit's own prompt, afterwards; for GRACE. */
  readonly decision?: Decision | undefined;
  /** Null when the run was interrupted before they were noted. */
  readonly seconds: number | null;
}

/** One line of a method's log.jsonl: an answer at a checkpoint. */
export interface AnswerLine {
  readonly op: 'answer';
  /** Edits made so far. */
  readonly edits: number;
  readonly group: GroupName;
  /** Row of the group, from 0. */
  readonly row: number;
  readonly prompt: string;
  readonly target: string;
  readonly output: string;
  readonly exact: boolean;
  readonly f1: number;
  readonly forced: boolean;
  readonly nll: number | null;
  readonly unchanged: boolean;
  readonly decision?: Decision | undefined;
}

/** One line of a method's log.jsonl: what a checkpoint came to. It stands behind the checkpoint's answers. */
export interface CheckpointLine extends Omit<EvaluationCheckpoint, 'course'> {
  readonly op: 'checkpoint';
  /** Resident memory in bytes. */
  readonly memory: number;
}

export type EvaluationLine = EditLine | AnswerLine | CheckpointLine;

/** One cell of `grace sweep`. */
export interface SweepCell {
  readonly hook: string;
  /** e_init. */
  readonly radius: number;
  /** The measured radius of the hook point. */
  readonly measured: number;
  readonly policy: string;
  readonly edits: number;
  readonly keys: number;
  readonly groups: Readonly<Partial<Record<GroupName, GroupMetrics>>>;
}

/** What `grace sweep --json` prints. */
export interface SweepResult {
  readonly name: string;
  readonly title: string;
  readonly task: TaskName;
  readonly model: EvaluationResult['model'];
  readonly seed: number;
  readonly before: EvaluationCheckpoint;
  readonly cells: readonly SweepCell[];
}

/** An answer's distance to the nearest key, and that key's radius: within it, the entry fires. */
export interface DistancePoint {
  readonly group: GroupName;
  readonly prompt: string;
  readonly distance: number;
  readonly radius: number;
  readonly fired: boolean;
  /** The edit whose value the nearest entry holds. */
  readonly edit: number;
}

/** An entry of the codebook on a map of its keys. */
export interface KeyPoint {
  /** The edit whose value the entry holds. */
  readonly edit: number;
  readonly prompt: string;
  readonly target: string;
  /** Coordinates along the two directions in which the keys differ most (principal components), in units of the distance. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** What is drawn of runs and sweeps. */
export interface PictureData {
  /** One, or two to be compared. */
  readonly runs: readonly EvaluationResult[];
  /** Of the first run, at its latest checkpoint. */
  readonly distances: readonly DistancePoint[];
  readonly keys: readonly KeyPoint[];
  /** Share of the keys' variance that the map shows. */
  readonly keyVariance: number;
  readonly sweep: SweepResult | null;
}
