import * as l10n from '@vscode/l10n';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';

import type { BenchActivity, BenchResult } from '../../src/protocol/bench-state.ts';
import { BenchElement } from './bench-element.ts';
import { classChange } from './class-change.ts';
import { decisionLine } from './decision-line.ts';
import { differs } from './differs.ts';
import { editLink, filled, HOLE, type RevealEdit } from './edit-link.ts';
import { icon } from './icon.ts';
import { lossChart } from './loss-chart.ts';
import { movedEdits } from './moved-edits.ts';
import { probeList } from './probe-list.ts';
import { wordDiff } from './word-diff.ts';
import { actionTaken, effort, excerpt } from './words.ts';

export interface ResultState {
  readonly shown: BenchResult;
  readonly activity: BenchActivity | null;
}

export interface ResultActions {
  readonly undo: () => void;
  /** Asks the model once more, with what is typed. */
  readonly generate: () => void;
  /** Opens the edit once more, to be written otherwise. */
  readonly rewrite: () => void;
  readonly reveal: RevealEdit;
}

/** What an edit did: before and after, and what else it touched. */
export class ResultView extends BenchElement {
  static override properties: PropertyDeclarations = { state: { attribute: false, hasChanged: differs } };

  declare state: ResultState;
  declare actions: ResultActions;

  focusHeading(): void {
    void this.focusOn('#result-heading');
  }

  protected override render(): TemplateResult {
    const { draft, result, classes, undone } = this.state.shown;
    const { reveal } = this.actions;
    const title = l10n.t('Result of {0}', HOLE);
    return html`<section class="card result ${undone ? 'undone' : ''}" aria-labelledby="result-heading">
      <header class="card-head">
        <h2 id="result-heading" tabindex="-1">
          ${filled(title, editLink(result.edit, l10n.t('edit {0}', result.edit), reveal))}
        </h2>
        ${this.#buttons()}
      </header>
      ${this.#verdict()}
      <p class="asked"><span class="hint">${l10n.t('Prompt')}</span> ${excerpt(draft.prompt)}</p>
      ${classes ? classChange(classes) : wordDiff(result.before, result.after)} ${probeList(result.probes)}
      <section aria-labelledby="codebook-heading">
        <h3 id="codebook-heading">${l10n.t('In the codebook')}</h3>
        <p>${actionTaken(result.action)}</p>
        <p>${decisionLine(result.decision, reveal)}</p>
        ${movedEdits(result, reveal)}
      </section>
      <section aria-labelledby="learning-heading">
        <h3 id="learning-heading">${l10n.t('Learning')}</h3>
        <p>${rows(result.rows)} · ${effort(result.steps, result.seconds)}</p>
        ${lossChart(result.loss)}
      </section>
    </section>`;
  }

  #verdict(): TemplateResult {
    const { result, undone } = this.state.shown;
    if (undone) {
      return html`<p class="verdict neutral">
        ${icon('discard')} ${l10n.t('Taken back: the codebook is as if this edit had never been made.')}
      </p>`;
    }
    if (result.success) {
      return html`<p class="verdict good">${icon('pass-filled')} ${l10n.t('Corrected: the model now says it.')}</p>`;
    }
    const loss = result.loss.at(-1)?.toFixed(3) ?? '–';
    return html`<p class="verdict bad">
      ${icon('warning')}
      ${l10n.t('Not there yet: after {0} steps the loss is {1}, and the answer is not the one asked for.', result.steps, loss)}
    </p>`;
  }

  #buttons(): TemplateResult {
    const { activity, shown } = this.state;
    const isBusy = activity !== null;
    return html`<div class="actions">
      <button
        class="button secondary"
        type="button"
        aria-disabled=${isBusy ? 'true' : nothing}
        @click=${isBusy ? nothing : this.actions.generate}
      >
        ${icon('play')} ${l10n.t('Generate again')}
      </button>
      ${
        shown.undone
          ? html`<button
              class="button secondary"
              type="button"
              aria-disabled=${isBusy ? 'true' : nothing}
              @click=${isBusy ? nothing : this.actions.rewrite}
            >
              ${icon('edit')} ${l10n.t('Edit again')}
            </button>`
          : html`<button
              class="button secondary undo"
              type="button"
              aria-disabled=${isBusy ? 'true' : nothing}
              @click=${isBusy ? nothing : this.actions.undo}
            >
              ${icon('discard')} ${activity === 'undoing' ? l10n.t('Undoing…') : l10n.t('Undo')}
            </button>`
      }
    </div>`;
  }
}

const rows = (count: number): string => (count === 1 ? l10n.t('One vector') : l10n.t('A track of {0} vectors', count));

customElements.define('grace-result', ResultView);
