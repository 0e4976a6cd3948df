import * as l10n from '@vscode/l10n';
import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

import type { EditOutline } from '../../src/protocol/router-state.ts';

/** Who or what an edit is about: the guess is filled in, and where there is none it is asked for in plain words. */
export function subjectField(
  subject: string,
  outline: EditOutline | null,
  changed: (subject: string) => void,
): TemplateResult {
  const isWanted = outline !== null && outline.guess === '' && subject.trim() === '';
  return html`<div class="field ${isWanted ? 'wanted' : ''}">
    <label for="subject">${l10n.t('Who or what it is about')}</label>
    <input
      id="subject"
      class="control"
      type="text"
      aria-describedby="subject-help"
      aria-invalid=${isWanted ? 'true' : 'false'}
      .value=${live(subject)}
      @input=${(event: Event) => {
        changed((event.target as HTMLInputElement).value);
      }}
    />
    <p class="help" id="subject-help">${subjectHelp(outline, isWanted)}</p>
  </div>`;
}

function subjectHelp(outline: EditOutline | null, isWanted: boolean): string {
  if (isWanted)
    return l10n.t('The prompt has no name and no number in it. Say who or what it is about; otherwise every word of the prompt counts, and rewordings seldom fire.'); // prettier-ignore
  if (!outline) return l10n.t('Names and numbers of the prompt, where nothing is written.');
  return l10n.t('A prompt must have most of these words to fire the edit: {0}.', outline.entity.join(', '));
}
