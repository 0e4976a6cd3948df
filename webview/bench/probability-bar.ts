import { html, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';

import { percent } from './words.ts';

/** A bar as long as a probability, and the percentage, which says the same to those who do not see it. */
export function probabilityBar(logprob: number): TemplateResult {
  // The page's policy takes styles from scripts alone.
  const width = ref((element) => {
    if (element instanceof HTMLElement) element.style.setProperty('inline-size', `${Math.exp(logprob) * 100}%`);
  });
  return html`<span class="likelihood">
    <span class="bar" aria-hidden="true"><span ${width}></span></span>
    <span class="number">${percent(logprob)}</span>
  </span>`;
}
