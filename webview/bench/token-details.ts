import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';

import type { Alternative, GeneratedToken } from '../../src/protocol/generation.ts';
import { percent, visible } from './words.ts';

const GAP = 6;

/** A token's probability, and what the model might have said instead. */
export function tokenDetails(id: string, token: GeneratedToken, place: DOMRect): TemplateResult {
  const isAmong = token.alternatives.some((alternative) => alternative.id === token.id);
  return html`<div class="token-details" id=${id} role="tooltip" ${ref(placed(place))}>
    <p class="token-head">
      <code>${visible(token.text)}</code>
      <strong>${percent(token.logprob)}</strong>
    </p>
    <ol class="alternatives" aria-label=${l10n.t('Alternatives')}>
      ${token.alternatives.map((alternative) => line(alternative, alternative.id === token.id))}
      ${isAmong ? nothing : line(token, true)}
    </ol>
  </div>`;
}

function line({ text, logprob }: Pick<Alternative, 'text' | 'logprob'>, isSaid: boolean): TemplateResult {
  const width = ref((element) => {
    if (element instanceof HTMLElement) element.style.setProperty('inline-size', `${Math.exp(logprob) * 100}%`);
  });
  return html`<li class=${isSaid ? 'said' : ''}>
    <code>${visible(text)}</code>
    <span class="bar" aria-hidden="true"><span ${width}></span></span>
    <span class="number">${percent(logprob)}</span>
    ${isSaid ? html`<span class="visually-hidden">${l10n.t('said')}</span>` : nothing}
  </li>`;
}

/** Puts the details below their token, or above where there is no room below. */
function placed(place: DOMRect): (element: Element | undefined) => void {
  return (element) => {
    if (!(element instanceof HTMLElement)) return;
    const below = place.bottom + GAP;
    const fits = below + element.offsetHeight <= window.innerHeight;
    const top = fits ? below : Math.max(GAP, place.top - GAP - element.offsetHeight);
    const left = Math.max(GAP, Math.min(place.left, window.innerWidth - element.offsetWidth - GAP));
    element.style.setProperty('inset-block-start', `${top}px`);
    element.style.setProperty('inset-inline-start', `${left}px`);
  };
}
