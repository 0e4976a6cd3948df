import type { BenchEvent, BenchSettings, BenchSide, BenchState, EditDraft, PromptDraft } from './bench-state.ts';

/** What the Edit Bench's page asks of the host. Answers come as events too; a call ends when what it started has ended. */
export interface BenchHostApi {
  /** The whole state; also after a gap in the revisions. */
  state(params: null): BenchState;
  /** What the person has typed. It is kept, makes no event, and counts for the calls that follow. */
  change(params: BenchInput): null;

  generate(params: null): null;
  /** Ends what is running: a generation, or the learning of an edit. */
  stop(params: null): null;
  /** Renders the chat with the model's template into `rendered`; once more takes it away. */
  render(params: null): null;
  /** Shows a run of the history. */
  showRun(params: { readonly run: number }): null;

  /** Begins an edit of the tokens from `from` to before `to` of an output. */
  select(params: { readonly run: number; readonly side: BenchSide; readonly from: number; readonly to: number }): null;
  discardDraft(params: null): null;
  /** Fills `preview`. */
  check(params: null): null;
  apply(params: null): null;
  /** Fills `suggestions`. */
  suggest(params: null): null;
  /** Takes the edit that `result` shows back. */
  undo(params: null): null;

  /** Shows an edit in the codebook view. */
  revealEdit(params: { readonly edit: number }): null;
  /** Edits at another module go to another codebook: the person is asked which, and it is made if need be. */
  chooseHook(params: { readonly hook: string }): null;
  /** Lets the person choose a model, or takes the demo's. */
  openModel(params: null): null;
  tryDemo(params: null): null;
  /** Calibrates the router for the open model; makes a codebook, which uses it then. */
  calibrate(params: null): null;
  createCodebook(params: null): null;
  dismissProblem(params: null): null;
}

/** Fields that the person writes; those that are absent stay. */
export interface BenchInput {
  readonly prompt?: PromptDraft | undefined;
  readonly settings?: BenchSettings | undefined;
  readonly draft?: EditDraft | undefined;
}

/** What the host tells the page. */
export interface BenchPageApi {
  event(params: BenchEvent): null;
  /** Puts the keyboard's focus where the next thing is to be written. */
  focus(params: { readonly field: 'prompt' | 'target' }): null;
}
