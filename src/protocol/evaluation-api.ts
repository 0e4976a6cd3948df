import type { Decision } from './decision.ts';
import type { EditDetails } from './edit-result.ts';
import type { EditLine, EvaluationResult, MethodName, PictureData, SweepResult, TaskName } from './evaluation.ts';

/** What the engine process offers of experiments. They open a model of their own; what is open beside them stays as it is. */
export interface EvaluationApi {
  /** What an experiment is about. */
  experiment(params: { readonly file: string }): ExperimentSummary;
  /** Runs an experiment, or goes on with it. Progress: {@link EvaluationProgress}. Cancelling keeps what was done. */
  evaluate(params: EvaluateParams): EvaluationResult;
  /** The experiment's sweep, in the same way. */
  sweep(params: Omit<EvaluateParams, 'methods'>): SweepResult;
  /** What is drawn of runs and a sweep. */
  pictures(params: RunFolders): PictureData;
  /** The edit behind a point. */
  streamedEdit(params: EditReference): StreamedEdit;
  /** Where a prompt lies among the keys of a run. */
  locate(params: { readonly experiment: string; readonly run: string; readonly prompt: string }): LocatedQuery;
  /** Writes pictures, numbers or decisions of runs to files; their paths. */
  exportRuns(params: RunFolders & { readonly format: ExportFormat; readonly out: string }): {
    readonly files: readonly string[];
  };
}

export interface ExperimentSummary {
  readonly name: string;
  readonly title: string;
  readonly task: TaskName;
  readonly methods: readonly MethodName[];
  /** Cells of its sweep; 0 where it names none. */
  readonly cells: number;
}

export interface EvaluateParams {
  readonly experiment: string;
  /** Folder of the run; it is made, or gone on with. */
  readonly out: string;
  readonly device: string;
  readonly methods: readonly MethodName[];
}

export interface EvaluationProgress {
  readonly what: MethodName | 'unedited' | 'sweep';
  /** Edits and answers of this method. */
  readonly done: number;
  readonly of: number;
  /** Whether a checkpoint has been reached since the last report: there is something new to draw. */
  readonly news: boolean;
}

export interface RunFolders {
  /** One, or two to be compared. */
  readonly runs: readonly string[];
  readonly sweep?: string | undefined;
}

/** svg: pictures; csv: the numbers of every checkpoint; jsonl: every edit, answer and decision. */
export const EXPORT_FORMATS = ['svg', 'csv', 'jsonl'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** An edit of a run. */
export interface EditReference {
  readonly run: string;
  readonly method: MethodName;
  /** Row of the stream, from 0. */
  readonly row: number;
}

export interface StreamedEdit {
  /** Of the run's model. */
  readonly architecture: string;
  readonly line: EditLine;
  /** The edit in the run's codebook; null for methods that have none. */
  readonly details: EditDetails | null;
}

/** A prompt on the map of a run's keys. */
export interface LocatedQuery {
  readonly prompt: string;
  readonly x: number;
  readonly y: number;
  readonly decision: Decision;
}
