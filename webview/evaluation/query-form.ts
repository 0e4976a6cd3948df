import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { LocatedQuery } from '../../src/protocol/evaluation-api.ts';
import { figure } from '../pictures/figure.ts';

/** Looks a prompt up on the map of keys, and says what is decided for it. */
export function queryForm(query: LocatedQuery | null, locate: (prompt: string) => void): TemplateResult {
  return html`<form
    class="card chooser"
    @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      const prompt = new FormData(event.target as HTMLFormElement).get('prompt');
      if (typeof prompt === 'string' && prompt.trim() !== '') locate(prompt);
    }}
  >
    <div class="field">
      <label for="query">${l10n.t('A prompt on the map of keys')}</label>
      <input class="control" id="query" name="prompt" type="text" autocomplete="off" spellcheck="false" />
    </div>
    <button class="button secondary" type="submit">${l10n.t('Show')}</button>
    ${query ? html`<p class="answer">${decisionWords(query)}</p>` : nothing}
  </form>`;
}

function decisionWords({ prompt, decision }: LocatedQuery): string {
  const { fired, edit, distance, radius, nearest } = decision;
  if (fired) return l10n.t('“{0}”: edit {1} fires, at distance {2} within radius {3}.', prompt, edit!, figure(distance), figure(radius)); // prettier-ignore
  return nearest
    ? l10n.t('“{0}”: no edit fires; the nearest, edit {1}, is at distance {2} with radius {3}.', prompt, nearest.edit, figure(nearest.distance), figure(nearest.radius))
    : l10n.t('“{0}”: no edit fires.', prompt); // prettier-ignore
}
