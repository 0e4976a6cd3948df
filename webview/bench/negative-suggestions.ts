import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { SuggestedNegative } from '../../src/protocol/edit-suggestions.ts';
import type { Prompt } from '../../src/protocol/prompt.ts';
import { icon } from './icon.ts';
import { excerpt } from './words.ts';

/** Suggestions that are shown at once. */
const SHOWN = 6;

export interface SuggestionState {
  readonly suggestions: readonly SuggestedNegative[] | null;
  readonly negatives: readonly string[];
  /** The score from which the edit fires. */
  readonly threshold: number;
  readonly busy: boolean;
}

/** Other questions about the edit's subject, which the engine makes up; each can be made one that must not fire. */
export function negativeSuggestions(
  { suggestions, negatives, threshold, busy }: SuggestionState,
  suggest: () => void,
  add: (text: string) => void,
): TemplateResult {
  const left = suggestions?.filter(({ prompt }) => !negatives.includes(textOf(prompt))).slice(0, SHOWN) ?? [];
  return html`<div class="suggestions">
    <button
      class="button secondary suggest"
      type="button"
      aria-disabled=${busy ? 'true' : nothing}
      title=${l10n.t('Everyday questions about the subject, those first that the edit would fire on.')}
      @click=${busy ? nothing : suggest}
    >
      ${icon('lightbulb')} ${l10n.t('Suggest some')}
    </button>
    ${suggestions === null ? nothing : html`<p class="help" id="suggestions-help">${summary(suggestions, threshold)}</p>`}
    ${
      left.length === 0
        ? nothing
        : html`<ul aria-describedby="suggestions-help">
            ${left.map((one) => suggestion(one, threshold, add))}
          </ul>`
    }
  </div>`;
}

function summary(suggestions: readonly SuggestedNegative[], threshold: number): string {
  if (suggestions.length === 0) return l10n.t('There is nothing to suggest: say who or what it is about.');
  const fires = suggestions.filter(({ score }) => score >= threshold).length;
  return l10n.t(
    'It would fire on {0} of {1} other everyday questions about the same subject.',
    fires,
    suggestions.length,
  );
}

function suggestion(
  { prompt, score }: SuggestedNegative,
  threshold: number,
  add: (text: string) => void,
): TemplateResult {
  const text = textOf(prompt);
  return html`<li>
    <button
      class="button icon-only"
      type="button"
      title=${l10n.t('Must not fire')}
      aria-label=${l10n.t('Must not fire: {0}', text)}
      @click=${() => {
        add(text);
      }}
    >
      ${icon('add')}
    </button>
    <span class="suggested">${excerpt(prompt)}</span>
    <span class="hint">
      ${score >= threshold ? l10n.t('would fire, {0}', score.toFixed(2)) : l10n.t('would not fire, {0}', score.toFixed(2))}
    </span>
  </li>`;
}

/** As a prompt of the same kind is written into the list. */
const textOf = (prompt: Prompt): string =>
  prompt.kind === 'text' ? prompt.text : (prompt.messages.findLast(({ role }) => role === 'user')?.content ?? '');
