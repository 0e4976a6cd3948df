import * as l10n from '@vscode/l10n';
import { html, type nothing, type PropertyDeclarations, type TemplateResult } from 'lit';

import type { BenchOutput, BenchSide } from '../../src/protocol/bench-state.ts';
import { BenchElement } from './bench-element.ts';
import { decisionParagraph } from './decision-paragraph.ts';
import type { RevealEdit } from './edit-link.ts';
import { icon } from './icon.ts';
import type { TokenRange } from './token-selection.ts';

/** An answer that is edited as a whole: which edit fired, what was said, and the way to edit it. */
export abstract class AnswerElement extends BenchElement {
  static override properties: PropertyDeclarations = {
    output: { attribute: false },
    side: { attribute: false },
    heading: { attribute: false },
  };

  declare output: BenchOutput;
  declare side: BenchSide;
  declare heading: string | null;
  declare reveal: RevealEdit;
  declare edit: (range: TokenRange) => void;

  /** Puts the focus back to where the answer is edited from. */
  focusEdit(): void {
    void this.focusOn('.edit-this');
  }

  protected abstract content(): TemplateResult | typeof nothing;

  protected override render(): TemplateResult {
    const { side, heading, output } = this;
    const id = `answer-${side}`;
    return html`<section class="answer" aria-labelledby=${id}>
      <h3 id=${id} class=${heading === null ? 'visually-hidden' : ''}>${heading ?? l10n.t('Answer')}</h3>
      ${decisionParagraph(output, side, this.reveal)} ${this.content()}
    </section>`;
  }

  /** What there is to say of the answer, beside the button that edits all of it. */
  protected foot(words: string, action: string): TemplateResult {
    return html`<div class="answer-foot">
      <span class="hint">${words}</span>
      <button class="button primary edit-this" type="button" @click=${this.#edit}>${icon('edit')} ${action}</button>
    </div>`;
  }

  readonly #edit = (): void => {
    this.edit({ from: 0, to: Math.max(1, this.output.tokens.length) });
  };
}
