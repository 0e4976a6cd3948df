import * as l10n from '@vscode/l10n';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';

import type { BenchOutput, BenchSide } from '../../src/protocol/bench-state.ts';
import { BenchElement } from './bench-element.ts';
import { decisionParagraph } from './decision-paragraph.ts';
import type { RevealEdit } from './edit-link.ts';
import { icon } from './icon.ts';
import { tokenDetails } from './token-details.ts';
import './token-list.ts';
import type { SeenToken, TokenList, TokenListeners } from './token-list.ts';
import type { TokenRange } from './token-selection.ts';
import { finishWords } from './words.ts';

/** A pointer on its way to the details must not lose them. */
const LINGER_MILLISECONDS = 120;

/** One answer: which edit fired, the tokens, and the way to edit what is selected. */
export class OutputView extends BenchElement {
  static override properties: PropertyDeclarations = {
    output: { attribute: false },
    side: { attribute: false },
    heading: { attribute: false },
    shading: { attribute: false },
    seen: { state: true },
    range: { state: true },
  };

  declare output: BenchOutput;
  declare side: BenchSide;
  declare heading: string | null;
  declare shading: boolean;
  declare reveal: RevealEdit;
  declare edit: (range: TokenRange) => void;
  declare private seen: SeenToken | null;
  declare private range: TokenRange | null;
  #leaving: number | undefined;

  readonly #listeners: TokenListeners = {
    seen: (seen) => {
      window.clearTimeout(this.#leaving);
      if (seen) this.seen = seen;
      else {
        this.#leaving = window.setTimeout(() => {
          this.seen = null;
        }, LINGER_MILLISECONDS);
      }
    },
    selected: (range) => {
      this.range = range;
    },
    edit: (range) => {
      this.edit(range);
    },
  };

  constructor() {
    super();
    this.seen = null;
    this.range = null;
  }

  /** Puts the focus back into the answer. */
  focusTokens(): void {
    this.querySelector<TokenList>('grace-token-list')?.focusActive();
  }

  protected override render(): TemplateResult {
    const { side, heading } = this;
    const id = `answer-${side}`;
    return html`<section class="answer" aria-labelledby=${id} @keydown=${this.#keyDown}>
      <h3 id=${id} class=${heading === null ? 'visually-hidden' : ''}>${heading ?? l10n.t('Answer')}</h3>
      ${decisionParagraph(this.output, side, this.reveal)} ${this.#tokens()} ${this.#foot()}
    </section>`;
  }

  #tokens(): TemplateResult {
    const { tokens, finish } = this.output;
    if (tokens.length === 0) return html`<p class="tokens empty">${finish ? l10n.t('Nothing was said.') : ''}</p>`;
    const token = this.seen ? tokens[this.seen.index] : undefined;
    const id = `token-details-${this.side}`;
    return html`<grace-token-list
        class=${this.shading ? 'tokens shaded' : 'tokens'}
        aria-label=${l10n.t('Tokens of the answer')}
        aria-describedby="token-keys"
        .listeners=${this.#listeners}
        .describedBy=${id}
        .tokens=${tokens}
        .finish=${finish}
      ></grace-token-list>
      ${token && this.seen ? tokenDetails(id, token, this.seen.place) : nothing}`;
  }

  #foot(): TemplateResult {
    const { tokens, finish } = this.output;
    const { range } = this;
    const text = range
      ? tokens
          .slice(range.from, range.to)
          .map((token) => token.text)
          .join('')
      : '';
    const said = finish ? `${finishWords(finish)} ${tokenCount(tokens.length)}` : tokenCount(tokens.length);
    return html`<div class="answer-foot">
      ${
        range
          ? html`<span class="chosen">${l10n.t('Selected:')} <q>${text.trim()}</q></span>
              <button class="button primary edit-this" type="button" @click=${this.#editRange}>
                ${icon('edit')} ${l10n.t('Edit this')}
              </button>`
          : html`<span class="hint">${said}</span>
              ${tokens.length > 0 ? html`<span class="hint">${l10n.t('Select what is wrong to edit it.')}</span>` : nothing}`
      }
    </div>`;
  }

  readonly #editRange = (): void => {
    if (this.range) this.edit(this.range);
  };

  readonly #keyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.seen) return;
    this.seen = null;
    event.stopPropagation();
  };
}

const tokenCount = (tokens: number): string => (tokens === 1 ? l10n.t('1 token.') : l10n.t('{0} tokens.', tokens));

customElements.define('grace-output', OutputView);
