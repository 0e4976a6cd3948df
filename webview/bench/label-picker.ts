import * as l10n from '@vscode/l10n';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';

import { BenchElement } from './bench-element.ts';
import type { LabelChoice } from './label-choices.ts';
import { probabilityBar } from './probability-bar.ts';

/** With more labels than these there is a field to filter them by. */
const FEW = 8;

/** A choice of one label among those of the model, with what it finds of each now. */
export class LabelPicker extends BenchElement {
  static override properties: PropertyDeclarations = {
    choices: { attribute: false },
    chosen: { attribute: false },
    filter: { state: true },
  };

  declare choices: readonly LabelChoice[];
  /** Empty: none yet. */
  declare chosen: string;
  declare choose: (label: string) => void;
  declare private filter: string;

  constructor() {
    super();
    this.filter = '';
  }

  protected override render(): TemplateResult {
    const { choices, chosen, filter } = this;
    const shown = matching(choices, filter);
    const isFiltered = choices.length > FEW;
    return html`<fieldset class="plain">
      <legend class="label">${l10n.t('What its label should be')}</legend>
      ${isFiltered ? this.#filter(shown) : nothing}
      <div class="label-options">
        ${repeat(
          shown,
          ({ label }) => label,
          (choice, at) => this.#option(choice, !isFiltered && (choice.label === chosen || (chosen === '' && at === 0))),
        )}
      </div>
      <p class="help chosen-label">
        ${chosen === '' ? l10n.t('No label is chosen yet.') : html`${l10n.t('New label:')} <strong>${chosen}</strong>`}
      </p>
    </fieldset>`;
  }

  #filter(shown: readonly LabelChoice[]): TemplateResult {
    return html`<input
        id="target"
        class="control"
        type="search"
        autocomplete="off"
        spellcheck="false"
        aria-label=${l10n.t('Filter labels')}
        aria-describedby="label-count"
        placeholder=${l10n.t('Filter {0} labels; Enter takes the first', this.choices.length)}
        .value=${live(this.filter)}
        @input=${(event: Event) => {
          this.filter = (event.target as HTMLInputElement).value;
        }}
        @keydown=${this.#filterKey}
      />
      <p id="label-count" class="visually-hidden" role="status">
        ${shown.length === 1 ? l10n.t('1 label') : l10n.t('{0} labels', shown.length)}
      </p>
      ${shown.length === 0 ? html`<p class="help">${l10n.t('No label contains “{0}”.', this.filter)}</p>` : nothing}`;
  }

  #option({ label, logprob, isNow }: LabelChoice, isTarget: boolean): TemplateResult {
    return html`<label class="label-option ${isNow ? 'now' : ''}">
      <input
        id=${isTarget ? 'target' : nothing}
        type="radio"
        name="target-label"
        value=${label}
        .checked=${live(label === this.chosen)}
        @change=${() => {
          this.choose(label);
        }}
      />
      <span class="label-name">${label}</span>
      ${isNow ? html`<span class="hint">${l10n.t('now')}</span>` : nothing}
      ${logprob === null ? nothing : probabilityBar(logprob)}
    </label>`;
  }

  readonly #filterKey = (event: KeyboardEvent): void => {
    const { ctrlKey, metaKey, key } = event;
    if (ctrlKey || metaKey) return;
    const [first] = matching(this.choices, this.filter);
    if (key === 'Enter' && first) this.choose(first.label);
    else if (key === 'ArrowDown') void this.focusOn('.label-option input');
    else return;
    event.preventDefault();
  };
}

function matching(choices: readonly LabelChoice[], filter: string): readonly LabelChoice[] {
  const words = filter.toLowerCase().split(/[\s_]+/u).filter((word) => word !== ''); // prettier-ignore
  return choices.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
}

customElements.define('grace-label-picker', LabelPicker);
