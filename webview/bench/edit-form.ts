import * as l10n from '@vscode/l10n';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

import type { BenchOutput, BenchState, EditDraft } from '../../src/protocol/bench-state.ts';
import { advancedForm } from './advanced-form.ts';
import { BenchElement } from './bench-element.ts';
import { checkBox } from './choice.ts';
import { differs } from './differs.ts';
import type { RevealEdit } from './edit-link.ts';
import { icon } from './icon.ts';
import { labelChoices, type LabelChoice } from './label-choices.ts';
import './label-picker.ts';
import { lossChart } from './loss-chart.ts';
import { maskChoices } from './mask-choices.ts';
import { previewSummary } from './preview-summary.ts';
import { isWriter } from './prompt-words.ts';
import { reachForm, type ReachActions, type ReachState } from './reach-form.ts';
import { targetHelp } from './target-help.ts';
import { whole } from './words.ts';

/** What the edit's form is shown, a part of the state. */
export type EditState = Pick<BenchState, 'codebook' | 'preview' | 'losses'> &
  ReachState & {
    readonly draft: EditDraft;
    /** What a classifier has said of its text, or what was filled in. */
    readonly said: BenchOutput | undefined;
  };

export interface EditActions extends ReachActions {
  readonly check: () => void;
  readonly apply: () => void;
  readonly stop: () => void;
  readonly discard: () => void;
  readonly chooseHook: (hook: string) => void;
  readonly reveal: RevealEdit;
}

/** An edit that is being written: what the model said, and what it should say. */
export class EditForm extends BenchElement {
  static override properties: PropertyDeclarations = { state: { attribute: false, hasChanged: differs } };

  declare state: EditState;
  declare actions: EditActions;

  focusTarget(): void {
    void this.focusOn('#target');
  }

  /** Puts the focus on the button that applies the edit, and calls it off while it is learned. */
  focusApply(): void {
    void this.focusOn('.apply');
  }

  protected override render(): TemplateResult {
    const { draft, said, model, preview, activity } = this.state;
    const choices = labelChoices(model, said);
    return html`<form class="card edit" aria-labelledby="edit-heading" @submit=${this.#submit}>
      <header class="card-head"><h2 id="edit-heading">${l10n.t('Edit')}</h2></header>
      <fieldset class="plain" ?disabled=${activity === 'editing'}>
        <legend class="visually-hidden">${l10n.t('What is edited')}</legend>
        ${this.#said(draft)} ${choices.length > 0 ? this.#label(draft, choices) : this.#target(draft)}
        ${reachForm(draft, this.state, this.actions)}
        ${advancedForm(draft, model, this.actions.write, this.actions.chooseHook)}
      </fieldset>
      ${preview ? previewSummary(preview, draft, this.actions.reveal) : nothing} ${this.#buttons()}
    </form>`;
  }

  #said({ lead = '', wrong, prompt }: EditDraft): TemplateResult {
    return html`<div class="field">
      <h3 class="label">${l10n.t('What the model said')}</h3>
      ${
        wrong === ''
          ? html`<p class="wrong"><em>${l10n.t('nothing more: it ended here')}</em></p>`
          : html`<blockquote class="wrong">${begun(lead)}${wrong}</blockquote>`
      }
      <details class="fold learned">
        <summary><span class="fold-summary">${l10n.t('The prompt that the edit learns')}</span></summary>
        <pre class="rendered" tabindex="0" role="region" aria-label=${l10n.t('The prompt that the edit learns')}>
${whole(prompt)}</pre>
      </details>
    </div>`;
  }

  #label(draft: EditDraft, choices: readonly LabelChoice[]): TemplateResult {
    return html`<grace-label-picker
      class="field"
      .choices=${choices}
      .chosen=${draft.target}
      .choose=${(target: string) => {
        this.actions.write({ ...draft, target });
      }}
    ></grace-label-picker>`;
  }

  #target(draft: EditDraft): TemplateResult {
    const { model, said } = this.state;
    return html`<div class="field">
      <label for="target">${l10n.t('What it should say')}</label>
      <textarea
        id="target"
        class="control target"
        rows="2"
        aria-describedby="target-help"
        .value=${live(draft.target)}
        @input=${(event: Event) => {
          this.actions.write({ ...draft, target: (event.target as HTMLTextAreaElement).value });
        }}
      ></textarea>
      <p class="help" id="target-help">${targetHelp(draft, model)}</p>
      ${
        said?.finish === 'filled'
          ? maskChoices(said.tokens, draft.target, (target) => {
              this.actions.write({ ...draft, target });
            })
          : nothing
      }
      ${
        isWriter(model)
          ? checkBox(l10n.t('The answer ends here'), draft.ends, (ends) => {
              this.actions.write({ ...draft, ends });
            })
          : nothing
      }
    </div>`;
  }

  #buttons(): TemplateResult {
    const { activity, draft, codebook, losses } = this.state;
    const learns = activity === 'editing';
    const isBusy = activity !== null && !learns;
    const reason = codebook?.readOnly ?? null;
    const cannot = isBusy || draft.target === '' || reason !== null;
    const cannotCheck = activity !== null || draft.target === '';
    return html`${learns || losses.length > 0 ? this.#progress(learns) : nothing}
      ${reason === null ? nothing : html`<p class="help" id="read-only">${icon('lock')} ${reason}</p>`}
      <div class="actions">
        <button
          class="button primary apply"
          type="button"
          aria-disabled=${!learns && cannot ? 'true' : nothing}
          @click=${learns ? this.actions.stop : cannot ? nothing : this.actions.apply}
        >
          ${icon(learns ? 'debug-stop' : 'check')} ${learns ? l10n.t('Cancel') : l10n.t('Apply')}
        </button>
        <button
          class="button secondary check-button"
          type="button"
          title=${l10n.t('Says which earlier edits this one would touch, and what it would fire on; nothing is changed.')}
          aria-disabled=${cannotCheck ? 'true' : nothing}
          @click=${cannotCheck ? nothing : this.actions.check}
        >
          ${icon('search')} ${activity === 'checking' ? l10n.t('Checking…') : l10n.t('Check')}
        </button>
        <button
          class="button secondary"
          type="button"
          aria-disabled=${learns ? 'true' : nothing}
          @click=${learns ? nothing : this.actions.discard}
        >
          ${l10n.t('Discard')}
        </button>
      </div>`;
  }

  #progress(learns: boolean): TemplateResult {
    const { losses, draft, model } = this.state;
    const most = draft.steps ?? model?.steps ?? 0;
    const step = Math.max(0, losses.length - 1);
    const words = !learns
      ? l10n.t('Stopped after {0} steps; nothing was changed.', step)
      : losses.length === 0
        ? l10n.t('Asking the prompts before the edit…')
        : l10n.t('Learning: step {0} of at most {1}', step, most);
    return html`<div class="progress">
      <p>${words}</p>
      ${learns ? html`<progress aria-label=${l10n.t('Learning')} max=${most} .value=${step}></progress>` : nothing}
      ${lossChart(losses)}
    </div>`;
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
  };
}

/** What was said before, which stays. */
const begun = (lead: string): TemplateResult | typeof nothing =>
  lead === '' ? nothing : html`<span class="lead">${lead}</span>`;

customElements.define('grace-edit', EditForm);
