import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';

import type { BenchRun, BenchSide, BenchState } from '../../src/protocol/bench-state.ts';
import { announcement } from './announcements.ts';
import { AnswerElement } from './answer-element.ts';
import { BenchClient } from './bench-client.ts';
import { BenchElement, shown } from './bench-element.ts';
import { EditForm, type EditActions } from './edit-form.ts';
import { historyList } from './history-list.ts';
import { lastSaid } from './label-choices.ts';
import { outputArea, type OutputActions } from './output-area.ts';
import { OutputView } from './output-view.ts';
import { problemBanner } from './problem-banner.ts';
import { PromptEditor, type PromptActions } from './prompt-editor.ts';
import { isWriter } from './prompt-words.ts';
import { ResultView, type ResultActions } from './result-view.ts';
import { routerNotice, type RouterActions } from './router-notice.ts';
import { statusHeader } from './status-header.ts';
import { VsCodeChannel } from './vscode-channel.ts';
import { nextStep, noModel, welcome, type WelcomeActions } from './welcome.ts';

/** The Edit Bench: shows the state that the host owns, and passes on what the person does. */
export class BenchApp extends BenchElement {
  static override properties: PropertyDeclarations = { state: { state: true } };

  declare private state: BenchState | null;
  #said = '';

  readonly #client = new BenchClient(new VsCodeChannel(), {
    show: (state) => {
      this.#said = announcement(this.state, state) || this.#said;
      this.state = state;
    },
    focusField: (field) => {
      void this.#focusField(field);
    },
  });

  readonly #reveal = (edit: number): void => {
    void this.#client.call('revealEdit', { edit });
  };
  readonly #stop = (): void => {
    void this.#client.call('stop', null);
  };
  readonly #generate = (): void => {
    void this.#client.call('generate', null);
  };
  readonly #welcome: WelcomeActions = {
    tryDemo: () => void this.#client.call('tryDemo', null),
    openModel: () => void this.#client.call('openModel', null),
  };
  readonly #prompt: PromptActions = {
    write: (input) => {
      this.#client.write(input);
    },
    generate: this.#generate,
    stop: this.#stop,
    render: () => void this.#client.call('render', null),
  };
  readonly #output: OutputActions = {
    reveal: this.#reveal,
    select: (side, { from, to }) => void this.#select(side, from, to),
    changeShading: (shading) => {
      this.#client.write({ settings: { ...this.state!.settings, shading } });
    },
  };
  readonly #edit: EditActions = {
    write: (draft) => {
      this.#client.write({ draft });
    },
    check: () => void this.#client.call('check', null),
    apply: () => void this.#apply(),
    stop: this.#stop,
    discard: () => void this.#discard(),
    suggest: () => void this.#client.call('suggest', null),
    chooseHook: (hook) => void this.#client.call('chooseHook', { hook }),
    reveal: this.#reveal,
  };
  readonly #router: RouterActions = {
    calibrate: () => void this.#client.call('calibrate', null),
    createCodebook: () => void this.#client.call('createCodebook', null),
  };
  readonly #result: ResultActions = {
    undo: () => void this.#undo(),
    generate: this.#generate,
    rewrite: () => {
      const draft = this.state?.result?.draft;
      if (draft) this.#client.write({ draft });
      void this.#focusField('target');
    },
    reveal: this.#reveal,
  };

  constructor() {
    super();
    this.state = null;
    this.addEventListener('keydown', this.#keyDown);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#client.ask();
  }

  protected override render(): TemplateResult {
    const { state } = this;
    return html`${state ? this.#bench(state) : nothing}
      <div class="visually-hidden" role="status">${this.#said}</div>`;
  }

  #bench(state: BenchState): TemplateResult {
    const { model, problem } = state;
    const isFresh = !model && state.runs.length === 0 && !state.draft && state.prompt.text === '';
    return html`${statusHeader(state)}
      <main>
        ${routerNotice(model, state.codebook, this.#router)}
        <div class="alerts" role="alert">${problem ? problemBanner(problem, () => void this.#dismiss()) : nothing}</div>
        ${isFresh ? welcome(this.#welcome) : this.#work(state)}
      </main>`;
  }

  #work(state: BenchState): TemplateResult {
    const { model, codebook, activity, prompt, settings, rendered, runs, draft, preview, losses, result } = state;
    const { outline, suggestions } = state;
    const run = runs.find((other) => other.run === state.shown);
    return html`${model ? nothing : noModel(this.#welcome)}
      <div class="columns">
        <div class="column">
          <grace-prompt
            .state=${{ model, activity, prompt, settings, rendered }}
            .actions=${this.#prompt}
          ></grace-prompt>
          ${run ? outputArea(run, settings, this.#output) : nothing}
        </div>
        <div class="column">
          ${
            draft
              ? html`<grace-edit
                  .state=${{ model, codebook, activity, preview, losses, draft, outline, suggestions, said: lastSaid(runs, draft) }}
                  .actions=${this.#edit}
                ></grace-edit>`
              : nothing
          }
          ${result ? html`<grace-result .state=${{ shown: result, activity }} .actions=${this.#result}></grace-result>` : nothing}
          ${draft || result ? nothing : nextStep(run !== undefined, isWriter(model))}
          ${historyList(runs, state.shown, this.#showRun, this.#reuse)}
        </div>
      </div>`;
  }

  readonly #showRun = (run: number): void => {
    void this.#client.call('showRun', { run });
  };

  readonly #reuse = ({ prompt }: BenchRun): void => {
    const typed = this.state!.prompt;
    this.#client.write({
      prompt:
        prompt.kind === 'text'
          ? { ...typed, kind: 'text', text: prompt.text, pair: prompt.pair }
          : { ...typed, kind: 'chat', messages: prompt.messages },
    });
    void this.#focusField('prompt');
  };

  async #select(side: BenchSide, from: number, to: number): Promise<void> {
    const run = this.state?.shown ?? 0;
    await this.#client.call('select', { run, side, from, to });
    await this.#focusField('target');
  }

  async #apply(): Promise<void> {
    const applied = this.#client.call('apply', null);
    // What is being learned cannot be written on.
    this.#part(EditForm)?.focusApply();
    await applied;
    await shown();
    if (!this.state?.draft) this.#part(ResultView)?.focusHeading();
  }

  async #undo(): Promise<void> {
    await this.#client.call('undo', null);
    await shown();
    this.#part(ResultView)?.focusHeading();
  }

  async #discard(): Promise<void> {
    await this.#client.call('discardDraft', null);
    await shown();
    const [output, answer] = [this.#part(OutputView), this.#part(AnswerElement)];
    if (output) output.focusTokens();
    else if (answer) answer.focusEdit();
    else await this.#focusField('prompt');
  }

  async #dismiss(): Promise<void> {
    await this.#client.call('dismissProblem', null);
    await this.#focusField('prompt');
  }

  async #focusField(field: 'prompt' | 'target'): Promise<void> {
    await shown();
    if (field === 'prompt') this.#part(PromptEditor)?.focusPrompt();
    else this.#part(EditForm)?.focusTarget();
  }

  readonly #keyDown = (event: KeyboardEvent): void => {
    const { activity } = this.state ?? {};
    if (event.key === 'Escape' && (activity === 'generating' || activity === 'editing')) {
      event.preventDefault();
      this.#stop();
    }
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const isInEdit = event.target instanceof Element && event.target.closest('grace-edit') !== null;
    if (activity) return;
    if (!isInEdit) this.#generate();
    else if (this.state?.draft?.target && !this.state.codebook?.readOnly) void this.#apply();
  };

  /** The part of the page that a class shows, if it is there. */
  #part<Part extends Element>(kind: abstract new () => Part): Part | undefined {
    const parts = [...this.querySelectorAll('*')];
    return parts.find((part): part is Part => part instanceof kind);
  }
}

customElements.define('grace-bench', BenchApp);
