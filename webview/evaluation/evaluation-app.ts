import * as l10n from '@vscode/l10n';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

import { reportError } from '../../src/protocol/coded-error.ts';
import type { EvaluationHostApi, EvaluationPageApi, EvaluationState } from '../../src/protocol/evaluation-state.ts';
import type { PictureData } from '../../src/protocol/evaluation.ts';
import { connect, type Remote } from '../../src/protocol/rpc.ts';
import { BenchElement } from '../bench/bench-element.ts';
import { problemBanner } from '../bench/problem-banner.ts';
import { VsCodeChannel } from '../bench/vscode-channel.ts';
import type { Figure, PointEdit } from '../pictures/figure.ts';
import { figuresOf } from '../pictures/figures.ts';
import { announcement } from './announcements.ts';
import { experimentForm, type ExperimentActions } from './experiment-form.ts';
import './figure-card.ts';
import { queryForm } from './query-form.ts';
import { runChoice, type RunActions } from './run-choice.ts';

/** The Evaluation page: shows what the host owns, and passes on what the person does. */
export class EvaluationApp extends BenchElement {
  static override properties: PropertyDeclarations = { state: { state: true }, pictures: { state: true } };

  declare private state: EvaluationState | null;
  declare private pictures: PictureData | null;
  #said = '';
  /** Whether the focus was on a button that starts or stops a run, before what changed is shown. */
  #wasAtWork = false;
  /** The figures of what was drawn last: they are made anew only when that changes. */
  #drawn: Pick<EvaluationState, 'query'> & {
    readonly pictures: PictureData | null;
    readonly figures: readonly Figure[];
  } = { pictures: null, query: null, figures: [] };

  readonly #host: Remote<EvaluationHostApi>;
  readonly #experiment: ExperimentActions = {
    choose: (file) => void this.#ask(this.#host.chooseExperiment({ file })),
    open: () => void this.#ask(this.#host.openExperiment(null)),
    tick: (methods) => void this.#ask(this.#host.chooseMethods({ methods })),
    run: (anew) => void this.#ask(this.#host.run({ anew })),
    sweep: () => void this.#ask(this.#host.sweep(null)),
    stop: () => void this.#ask(this.#host.stop(null)),
  };
  readonly #runs: RunActions = {
    show: (folder) => void this.#ask(this.#host.showRun({ folder })),
    compare: (folder) => void this.#ask(this.#host.compare({ folder })),
    export: () => void this.#ask(this.#host.export(null)),
  };
  readonly #locate = (prompt: string): void => {
    void this.#ask(this.#host.locate({ prompt }));
  };
  readonly #open = ({ run, method, row }: PointEdit): void => {
    const folder = [this.state?.run, this.state?.compared][run];
    if (folder) void this.#ask(this.#host.openEdit({ run: folder, method, row }));
  };
  readonly #dismiss = (): void => {
    void this.#ask(this.#host.dismissProblem(null));
  };

  constructor() {
    super();
    this.state = null;
    this.pictures = null;
    this.#host = connect<EvaluationHostApi>(new VsCodeChannel(), {
      show: (state: EvaluationState) => {
        this.#show(state);
        return null;
      },
      draw: (pictures: PictureData | null) => {
        this.pictures = pictures;
        return null;
      },
    } satisfies EvaluationPageApi);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#begin();
  }

  protected override willUpdate(): void {
    this.#wasAtWork = this.#work?.contains(document.activeElement) ?? false;
  }

  /** What starts and what stops a run take each other's place: the focus goes along. */
  protected override updated(): void {
    if (this.#wasAtWork && !this.#work?.contains(document.activeElement))
      this.#work?.querySelector<HTMLElement>('button:enabled')?.focus();
  }

  get #work(): HTMLElement | null {
    return this.querySelector('.work');
  }

  protected override render(): TemplateResult {
    const { state } = this;
    return html`${state ? this.#page(state) : nothing}
      <div class="visually-hidden" role="status">${this.#said}</div>`;
  }

  #page(state: EvaluationState): TemplateResult {
    const { problem } = state;
    return html`<header class="status"><h1>${l10n.t('Evaluation')}</h1></header>
      <main>
        <div class="alerts" role="alert">${problem ? problemBanner(problem, this.#dismiss) : nothing}</div>
        ${experimentForm(state, this.#experiment)} ${this.#results(state)}
      </main>`;
  }

  #results(state: EvaluationState): TemplateResult {
    const { pictures } = this;
    const hasKeys = (pictures?.keys.length ?? 0) >= 3;
    const figures = this.#figures(state);
    return html`<section class="results" aria-labelledby="results">
      <div class="card-head">
        <h2 id="results">${l10n.t('Results')}</h2>
      </div>
      ${runChoice(state, pictures?.sweep !== null && pictures !== null, this.#runs)}
      ${figures.length === 0 ? html`<p class="hint">${l10n.t('Nothing has been measured yet. Run the experiment: figures appear at its first checkpoint.')}</p>` : nothing}
      <div class="figures">
        ${repeat(
          figures,
          ({ id }) => id,
          (figure) => html`<grace-figure .figure=${figure} .open=${this.#open}></grace-figure>`,
        )}
      </div>
      ${hasKeys ? queryForm(state.query, this.#locate) : nothing}
    </section>`;
  }

  #figures({ query }: EvaluationState): readonly Figure[] {
    const { pictures } = this;
    if (pictures !== this.#drawn.pictures || query !== this.#drawn.query)
      this.#drawn = { pictures, query, figures: pictures ? figuresOf(pictures, query) : [] };
    return this.#drawn.figures;
  }

  async #begin(): Promise<void> {
    const { state, pictures } = await this.#host.state(null);
    this.pictures = pictures;
    this.#show(state);
  }

  #show(state: EvaluationState): void {
    this.#said = announcement(this.state, state) || this.#said;
    this.state = state;
  }

  async #ask(answer: Promise<null>): Promise<void> {
    try {
      await answer;
    } catch (error) {
      if (this.state) this.#show({ ...this.state, problem: reportError(error) });
    }
  }
}

customElements.define('grace-evaluation', EvaluationApp);
