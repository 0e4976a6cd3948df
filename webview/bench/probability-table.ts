import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import { probabilityBar } from './probability-bar.ts';
import { visible } from './words.ts';

/** Something that a model might have said, and how likely it was. */
export interface LikelyText {
  readonly text: string;
  /** Natural logarithm of its probability. */
  readonly logprob: number;
  readonly isSaid: boolean;
}

/** What a model might have said, each with a bar and a percentage; what it said is marked by a sign and by its weight. */
export function probabilityTable(caption: string, heading: string, rows: readonly LikelyText[]): TemplateResult {
  return html`<table class="probabilities">
    <caption class="visually-hidden">
      ${caption}
    </caption>
    <thead class="visually-hidden">
      <tr>
        <th scope="col">${heading}</th>
        <th scope="col">${l10n.t('Probability')}</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ text, logprob, isSaid }) =>
          html`<tr class=${isSaid ? 'said' : ''}>
            <th scope="row">
              ${breakable(visible(text))}${isSaid ? html`<span class="visually-hidden"> (${l10n.t('said')})</span>` : nothing}
            </th>
            <td>${probabilityBar(logprob)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** The text with places where a line may break, as `pay_bill` may behind its underscore. */
const breakable = (text: string): readonly (string | TemplateResult)[] =>
  text.split(/(?<=[_/.:-])(?=.)/u).flatMap((part, at) => (at === 0 ? [part] : [html`<wbr />`, part]));
