import type { ErrorReport } from './coded-error.ts';
import type { EditReference, EvaluationProgress, ExperimentSummary, LocatedQuery } from './evaluation-api.ts';
import type { MethodName, PictureData } from './evaluation.ts';

/** An experiment file that can be chosen. */
export interface ExperimentChoice {
  readonly file: string;
  readonly label: string;
}

/** A run that can be shown. */
export interface RunChoice {
  readonly folder: string;
  readonly label: string;
}

/** Streams by several methods, or by GRACE in the cells of a sweep. */
export type RunKind = 'evaluation' | 'sweep';

/** What is being run. */
export interface EvaluationActivity {
  readonly kind: RunKind;
  /** Null until the first report. */
  readonly progress: EvaluationProgress | null;
  /** Of the method that is at work; null while too little is known. */
  readonly secondsLeft: number | null;
}

/** How what was run last has ended. */
export interface EvaluationOutcome {
  readonly kind: RunKind;
  readonly ended: 'done' | 'stopped' | 'failed';
}

/** All that the Evaluation page shows, except for the pictures. */
export interface EvaluationState {
  readonly experiments: readonly ExperimentChoice[];
  /** File of the chosen one. */
  readonly experiment: string;
  /** Null until its file is read, and where it cannot be. */
  readonly summary: ExperimentSummary | null;
  /** Those that are to be run. */
  readonly methods: readonly MethodName[];
  readonly runs: readonly RunChoice[];
  /** Folder of the run that is shown, and of the one it is compared with. */
  readonly run: string | null;
  readonly compared: string | null;
  /** Whether the chosen experiment has a run here that has not done all that is ticked. */
  readonly isResumable: boolean;
  readonly activity: EvaluationActivity | null;
  /** Null until something has ended, and while something is run. */
  readonly outcome: EvaluationOutcome | null;
  /** A prompt that was looked up on the map of keys. */
  readonly query: LocatedQuery | null;
  readonly problem: ErrorReport | null;
}

/** What the Evaluation page asks of the host. A call ends when what it started has ended. */
export interface EvaluationHostApi {
  /** Both again, from the beginning; what changes afterwards is told. */
  state(params: null): { readonly state: EvaluationState; readonly pictures: PictureData | null };
  chooseExperiment(params: { readonly file: string }): null;
  /** Lets the person choose an experiment file of their own. */
  openExperiment(params: null): null;
  chooseMethods(params: { readonly methods: readonly MethodName[] }): null;
  /** Runs the experiment, or goes on with its run; `anew`: in a folder of its own, beside earlier runs. */
  run(params: { readonly anew: boolean }): null;
  sweep(params: null): null;
  stop(params: null): null;
  showRun(params: { readonly folder: string }): null;
  /** Null: with none. */
  compare(params: { readonly folder: string | null }): null;
  /** Looks a prompt up on the map of keys. */
  locate(params: { readonly prompt: string }): null;
  /** Opens the edit behind a point, as a document. */
  openEdit(params: EditReference): null;
  /** Lets the person choose what is written, and where. */
  export(params: null): null;
  dismissProblem(params: null): null;
}

/** What the host tells the page. */
export interface EvaluationPageApi {
  show(params: EvaluationState): null;
  draw(params: PictureData | null): null;
}
