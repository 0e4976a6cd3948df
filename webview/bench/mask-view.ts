import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { GeneratedToken } from '../../src/protocol/generation.ts';
import { AnswerElement } from './answer-element.ts';
import { probabilityTable } from './probability-table.ts';
import { finishWords } from './words.ts';

/** What a model puts at the masks of a text, with what else it might have put there. */
export class MaskView extends AnswerElement {
  protected override content(): TemplateResult | typeof nothing {
    const { tokens } = this.output;
    if (tokens.length === 0) return nothing;
    return html`<div class="masks">${tokens.map((token, at) => mask(token, at, tokens.length))}</div>
      ${this.foot(finishWords('filled'), tokens.length === 1 ? l10n.t('Edit the word') : l10n.t('Edit the words'))}`;
  }
}

function mask(token: GeneratedToken, at: number, of: number): TemplateResult {
  const name = of === 1 ? l10n.t('Mask') : l10n.t('Mask {0} of {1}', at + 1, of);
  const rows = token.alternatives.map(({ id, text, logprob }) => ({
    text: text.trim() || text,
    logprob,
    isSaid: id === token.id,
  }));
  return html`<div class="mask">
    <h4>${name}</h4>
    ${probabilityTable(l10n.t('{0}: words and their probabilities', name), l10n.t('Word'), rows)}
  </div>`;
}

customElements.define('grace-masks', MaskView);
