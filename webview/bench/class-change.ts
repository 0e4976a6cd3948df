import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { ClassChange, ClassProbability } from '../../src/protocol/classification.ts';
import { icon } from './icon.ts';
import { probabilityBar } from './probability-bar.ts';

/** Labels of each side that are compared. */
const COMPARED = 3;

/** How likely the labels of a text were before an edit, and are now. */
export function classChange({ before, after }: ClassChange): TemplateResult {
  const [was, is] = [before[0]!.label, after[0]!.label];
  const top = [...after.slice(0, COMPARED), ...before.slice(0, COMPARED)].map(({ label }) => label);
  return html`<p class="label-change">
      <del>${was}</del> ${icon('arrow-right')}<span class="visually-hidden">${l10n.t('is now')}</span> <ins>${is}</ins>
    </p>
    <table class="probabilities change">
      <caption class="visually-hidden">
        ${l10n.t('Probabilities of the labels before and after')}
      </caption>
      <thead>
        <tr>
          <th scope="col">${l10n.t('Label')}</th>
          <th scope="col">${l10n.t('Before')}</th>
          <th scope="col">${l10n.t('After')}</th>
        </tr>
      </thead>
      <tbody>
        ${[...new Set(top)].map((label) => row(label, before, after, label === is))}
      </tbody>
    </table>`;
}

function row(
  label: string,
  before: readonly ClassProbability[],
  after: readonly ClassProbability[],
  isNow: boolean,
): TemplateResult {
  const cell = (classes: readonly ClassProbability[]): TemplateResult | typeof nothing => {
    const found = classes.find((other) => other.label === label);
    return found ? probabilityBar(found.logprob) : nothing;
  };
  return html`<tr class=${isNow ? 'said' : ''}>
    <th scope="row">${label}</th>
    <td>${cell(before)}</td>
    <td>${cell(after)}</td>
  </tr>`;
}
