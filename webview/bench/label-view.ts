import * as l10n from '@vscode/l10n';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';

import type { ClassProbability } from '../../src/protocol/classification.ts';
import { AnswerElement } from './answer-element.ts';
import { probabilityTable } from './probability-table.ts';

/** Labels that are shown before the person asks for the others. */
const SHOWN = 6;

/** What a classifier says of a text: its labels with their probabilities, and the way to edit them. */
export class LabelView extends AnswerElement {
  static override properties: PropertyDeclarations = { ...AnswerElement.properties, all: { state: true } };

  declare private all: boolean;

  constructor() {
    super();
    this.all = false;
  }

  protected override content(): TemplateResult | typeof nothing {
    const classes = this.output.classes ?? [];
    if (classes.length === 0) return nothing;
    const shown = this.all ? classes : classes.slice(0, SHOWN);
    const rows = shown.map(({ label, logprob }, at) => ({ text: label, logprob, isSaid: at === 0 }));
    const caption = l10n.t('Labels and their probabilities, the most likely first');
    return html`<div class="labels ${this.all ? 'all' : ''}">${probabilityTable(caption, l10n.t('Label'), rows)}</div>
      ${this.#more(classes)} ${this.foot('', l10n.t('Edit the label'))}`;
  }

  #more(classes: readonly ClassProbability[]): TemplateResult | typeof nothing {
    if (classes.length <= SHOWN) return nothing;
    return html`<button
      class="link"
      type="button"
      aria-expanded=${this.all}
      @click=${() => {
        this.all = !this.all;
      }}
    >
      ${this.all ? l10n.t('Show the most likely labels only') : l10n.t('Show all {0} labels', classes.length)}
    </button>`;
  }
}

customElements.define('grace-labels', LabelView);
