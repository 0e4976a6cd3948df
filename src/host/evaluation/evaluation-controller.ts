import { CodedError, reportError } from '../../protocol/coded-error.ts';
import type { EditReference, EvaluationApi, EvaluationProgress } from '../../protocol/evaluation-api.ts';
import type {
  EvaluationHostApi,
  EvaluationOutcome,
  EvaluationState,
  ExperimentChoice,
  RunKind,
} from '../../protocol/evaluation-state.ts';
import type { MethodName, PictureData } from '../../protocol/evaluation.ts';
import type { Handlers, Remote } from '../../protocol/rpc.ts';
import {
  isRun,
  kindOf,
  readSavedEvaluation,
  type EvaluationStore,
  type RunShelf,
  type SavedEvaluation,
} from './run-shelf.ts';
import { TimeLeft } from './time-left.ts';

/** What the Evaluation page leads to elsewhere. */
export interface EvaluationActions {
  /** An experiment file that the person chooses; undefined when they choose none. */
  chooseExperiment(): Promise<string | undefined>;
  /** Shows an edit of a run. */
  showEdit(edit: EditReference): Promise<void>;
  /** Lets the person choose what is written of what is shown, and where. */
  exportRuns(runs: readonly string[], sweep: string | undefined): Promise<void>;
}

export interface EvaluationSurroundings {
  /** The engine that runs experiments, started if need be. */
  readonly engine: () => Remote<EvaluationApi>;
  readonly actions: EvaluationActions;
  readonly store: EvaluationStore;
  readonly shelf: RunShelf;
  /** Experiments that come with the extension, one at least. */
  readonly shipped: readonly [ExperimentChoice, ...ExperimentChoice[]];
  readonly labelOf: (file: string) => string;
  /** Tell the page, which may not be there to hear it. */
  readonly show: (state: EvaluationState) => void;
  readonly draw: (pictures: PictureData | null) => void;
}

/** Runs or sweeps the chosen experiment in a folder. */
type Work = (out: string, signal: AbortSignal, onProgress: (value: unknown) => void) => Promise<unknown>;

/** Owns what the Evaluation page shows, and does what it asks for. A run goes on while the page is hidden or closed. */
export class EvaluationController {
  readonly #surroundings: EvaluationSurroundings;
  #saved: SavedEvaluation;
  #state: EvaluationState;
  #pictures: PictureData | null = null;
  #running: AbortController | null = null;
  /** Reading of pictures, one at a time; the last asked for is the one that is shown. */
  #drawing: Promise<void> = Promise.resolve();
  #drawnAnew = 0;
  #begun = false;
  /** Folders that are not the chosen experiment's, whatever its name: the engine has said so. */
  readonly #refused = new Set<string>();

  readonly handlers: Handlers<EvaluationHostApi> = {
    state: async () => {
      await this.#begin();
      return { state: this.#state, pictures: this.#pictures };
    },
    chooseExperiment: ({ file }) => this.#tell(() => this.#choose(file)),
    openExperiment: () => this.#tell(() => this.#openExperiment()),
    chooseMethods: ({ methods }) => this.#tell(() => this.#chooseMethods(methods)),
    run: ({ anew }) => this.#tell(() => this.#run(anew)),
    sweep: () => this.#tell(() => this.#sweep()),
    stop: () => {
      this.#running?.abort();
      return null;
    },
    showRun: ({ folder }) => this.#tell(() => this.#showRun(folder)),
    compare: ({ folder }) => this.#tell(() => this.#compare(folder)),
    locate: ({ prompt }) => this.#tell(() => this.#locate(prompt)),
    openEdit: (edit) => this.#tell(() => this.#surroundings.actions.showEdit(edit)),
    export: () => this.#tell(() => this.#surroundings.actions.exportRuns(this.#shownRuns, this.#shownSweep)),
    dismissProblem: () => this.#patch({ problem: null }),
  };

  constructor(surroundings: EvaluationSurroundings) {
    this.#surroundings = surroundings;
    this.#saved = readSavedEvaluation(surroundings.store);
    const { own, experiment, run, compared } = this.#saved;
    const experiments = [...surroundings.shipped, ...own.map((file) => ({ file, label: surroundings.labelOf(file) }))];
    const chosen = experiments.find(({ file }) => file === experiment) ?? surroundings.shipped[0];
    this.#state = {
      ...{ experiments, experiment: chosen.file, summary: null, methods: [], runs: surroundings.shelf.list() },
      run: run !== null && isRun(run) ? run : null,
      compared: compared !== null && isRun(compared) ? compared : null,
      ...{ isResumable: false, activity: null, outcome: null, query: null, problem: null },
    };
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** What is known once the engine has read the chosen experiment and what is shown; asked for when the page first is there. */
  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    await this.#tell(() => this.#readExperiment(this.#state.run));
  }

  async #choose(file: string): Promise<void> {
    if (!this.#state.experiments.some((choice) => choice.file === file)) throw unknown(file);
    this.#patch({ experiment: file, summary: null, methods: [], query: null });
    await this.#readExperiment(null);
  }

  /** @param shown the run that stays shown; null: the experiment's own */
  async #readExperiment(shown: string | null): Promise<void> {
    const summary = await this.#surroundings.engine().experiment({ file: this.#state.experiment });
    // Its file may have been changed back.
    this.#refused.clear();
    const own = this.#target('evaluation', summary.name);
    const run = shown ?? (kindOf(own) === 'evaluation' ? own : null);
    this.#patch({ summary, methods: summary.methods, run, compared: this.#state.compared === run ? null : this.#state.compared }); // prettier-ignore
    await this.#redraw();
  }

  async #openExperiment(): Promise<void> {
    const file = await this.#surroundings.actions.chooseExperiment();
    if (file === undefined) return;
    // Before it joins the list, it must be one.
    await this.#surroundings.engine().experiment({ file });
    if (!this.#state.experiments.some((choice) => choice.file === file)) {
      this.#saved = { ...this.#saved, own: [...this.#saved.own, file] };
      const label = this.#surroundings.labelOf(file);
      this.#patch({ experiments: [...this.#state.experiments, { file, label }] });
    }
    await this.#choose(file);
  }

  #chooseMethods(methods: readonly MethodName[]): Promise<void> {
    this.#patch({ methods });
    this.#patch({ isResumable: this.#isResumable() });
    return Promise.resolve();
  }

  async #run(anew: boolean): Promise<void> {
    const { experiment, summary, methods } = this.#state;
    if (!summary || methods.length === 0 || this.#running) return;
    const { shelf, engine } = this.#surroundings;
    const first = anew ? shelf.unusedFolder('evaluation', summary.name) : this.#target('evaluation', summary.name);
    await this.#during('evaluation', summary.name, first, (out, signal, onProgress) =>
      engine().evaluate({ experiment, out, device: 'auto', methods }, { signal, onProgress }),
    );
  }

  async #sweep(): Promise<void> {
    const { experiment, summary } = this.#state;
    if (!summary || summary.cells === 0 || this.#running) return;
    const { engine } = this.#surroundings;
    await this.#during('sweep', summary.name, this.#target('sweep', summary.name), (out, signal, onProgress) =>
      engine().sweep({ experiment, out, device: 'auto' }, { signal, onProgress }),
    );
  }

  /** @param first where it is tried first; a folder that turns out to be another experiment's is left alone */
  async #during(kind: RunKind, name: string, first: string, work: Work): Promise<void> {
    const [controller, { experiment }] = [new AbortController(), this.#state];
    this.#running = controller;
    this.#patch({ activity: { kind, progress: null, secondsLeft: null }, outcome: null, problem: null });
    let ended: EvaluationOutcome['ended'] = 'done';
    try {
      for (let out = first; ; out = this.#target(kind, name, experiment)) {
        const onAccepted = (): void => {
          this.#own(out, kind, experiment);
        };
        if (await this.#inFolder(out, kind, work, controller.signal, onAccepted)) break;
        this.#refused.add(out);
      }
    } catch (error) {
      ended = reportError(error).code === 'cancelled' ? 'stopped' : 'failed';
      throw error;
    } finally {
      this.#running = null;
      this.#patch({ activity: null, outcome: { kind, ended } });
      await this.#redraw();
    }
  }

  /**
   * @param onAccepted told when it is certain that the folder is the experiment's
   * @returns false when the folder holds something else
   */
  async #inFolder(
    out: string,
    kind: RunKind,
    work: Work,
    signal: AbortSignal,
    onAccepted: () => void,
  ): Promise<boolean> {
    const [clock, wasThere] = [new TimeLeft(), isRun(out)];
    let isAccepted = false;
    const accept = (): void => {
      if (!isAccepted) onAccepted();
      isAccepted = true;
    };
    const onProgress = (value: unknown): void => {
      // The engine is ours, started from our own file; its progress is what its interface says.
      const progress = value as EvaluationProgress;
      // The engine may report what it is in for before it has looked into the folder.
      if (progress.done > 0 || (!wasThere && isRun(out))) accept();
      this.#patch({ activity: { kind, progress, secondsLeft: clock.after(progress.done, progress.of) } });
      if (progress.news) void this.#redraw();
    };
    try {
      await work(out, signal, onProgress);
      accept();
      return true;
    } catch (error) {
      if (error instanceof CodedError && error.data['taken'] === out) return false;
      if (!wasThere && isRun(out)) accept();
      throw error;
    }
  }

  /** Takes note of whose a run or a sweep is; a run is shown from then on. */
  #own(out: string, kind: RunKind, experiment: string): void {
    const others = Object.entries(this.#saved.experiments).filter(([folder]) => folder !== out);
    this.#saved = { ...this.#saved, experiments: Object.fromEntries([...others, [out, experiment]]) };
    this.#patch(kind === 'evaluation' && this.#state.run !== out ? { run: out, compared: null } : {});
  }

  async #showRun(folder: string): Promise<void> {
    if (!this.#state.runs.some((choice) => choice.folder === folder)) throw unknown(folder);
    this.#patch({ run: folder, query: null, compared: this.#state.compared === folder ? null : this.#state.compared });
    await this.#redraw();
  }

  async #compare(folder: string | null): Promise<void> {
    if (folder !== null && !this.#state.runs.some((choice) => choice.folder === folder)) throw unknown(folder);
    this.#patch({ compared: folder });
    await this.#redraw();
  }

  async #locate(prompt: string): Promise<void> {
    const { run } = this.#state;
    if (run === null) return;
    const experiment = this.#saved.experiments[run] ?? this.#state.experiment;
    this.#patch({ query: await this.#surroundings.engine().locate({ experiment, run, prompt }) });
  }

  /** Where the chosen experiment is run or swept: its run that is shown, its latest one, or the usual folder if that is free. */
  #target(kind: RunKind, name: string, experiment = this.#state.experiment): string {
    const { run, experiments } = this.#state;
    const { shelf } = this.#surroundings;
    const own = Object.keys(this.#saved.experiments).filter(
      (folder) =>
        this.#saved.experiments[folder] === experiment && !this.#refused.has(folder) && kindOf(folder) === kind,
    );
    if (run !== null && own.includes(run)) return run;
    const usual = shelf.folderOf(kind, name);
    const owner = this.#saved.experiments[usual];
    const isAnothers = owner !== experiment && experiments.some(({ file }) => file === owner);
    const isFree = !isAnothers && !this.#refused.has(usual);
    return own.at(-1) ?? (isFree ? usual : shelf.unusedFolder(kind, name));
  }

  #isResumable(): boolean {
    const { summary, methods, run } = this.#state;
    if (!summary || run === null || this.#target('evaluation', summary.name) !== run || !this.#pictures) return false;
    const done = this.#pictures.runs[0]?.methods.filter(({ complete }) => complete).map(({ method }) => method) ?? [];
    return methods.some((method) => !done.includes(method));
  }

  get #shownRuns(): readonly string[] {
    const { run, compared } = this.#state;
    return [run, compared].filter((folder) => folder !== null);
  }

  get #shownSweep(): string | undefined {
    const { summary } = this.#state;
    if (!summary) return undefined;
    const folder = this.#target('sweep', summary.name);
    return kindOf(folder) === 'sweep' ? folder : undefined;
  }

  /** Reads what is shown anew; of several that are asked for at once, the last counts. */
  #redraw(): Promise<void> {
    const turn = ++this.#drawnAnew;
    this.#drawing = this.#drawing.then(async () => {
      if (turn !== this.#drawnAnew) return;
      const [runs, sweep] = [this.#shownRuns, this.#shownSweep];
      const isAny = runs.length > 0 || sweep !== undefined;
      this.#pictures = isAny ? await this.#surroundings.engine().pictures({ runs, sweep }) : null;
      this.#surroundings.draw(this.#pictures);
      this.#patch({ runs: this.#surroundings.shelf.list(), isResumable: this.#isResumable() });
    });
    // One that fails does not hold up the next.
    const drawn = this.#drawing;
    this.#drawing = drawn.catch(() => undefined);
    return drawn;
  }

  /** Does something; its error is shown, except for that it was called off. */
  async #tell(work: () => Promise<void>): Promise<null> {
    try {
      await work();
    } catch (error) {
      const problem = reportError(error);
      if (problem.code !== 'cancelled') this.#patch({ problem });
    }
    return null;
  }

  #patch(changes: Partial<EvaluationState>): null {
    this.#state = { ...this.#state, ...changes };
    const { experiment, run, compared } = this.#state;
    this.#saved = { ...this.#saved, experiment, run, compared };
    this.#surroundings.store.write(this.#saved);
    this.#surroundings.show(this.#state);
    return null;
  }
}

const unknown = (what: string): CodedError =>
  new CodedError('bad-argument', `${what} is not in the list.`, 'Choose another one.');
