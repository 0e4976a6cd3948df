import * as l10n from '@vscode/l10n';
import { diffWordsWithSpace, type Change } from 'diff';
import { html, type TemplateResult } from 'lit';

/** Two texts side by side, their differences marked word by word, by colour and by line. */
export function wordDiff(before: string, after: string): TemplateResult {
  const changes = diffWordsWithSpace(before, after);
  return html`<div class="diff">
    ${side(l10n.t('Before'), changes, 'removed')} ${side(l10n.t('After'), changes, 'added')}
  </div>`;
}

function side(label: string, changes: readonly Change[], own: 'added' | 'removed'): TemplateResult {
  const other = own === 'added' ? 'removed' : 'added';
  const shown = changes.filter((change) => !change[other]);
  const text = shown.length === 0 ? html`<em>${l10n.t('(nothing)')}</em>` : shown.map((change) => part(change, own));
  return html`<div class="diff-side ${own}" role="group" aria-label=${label}>
    <p class="diff-title" aria-hidden="true">${label}</p>
    <p class="diff-text">${text}</p>
  </div>`;
}

function part(change: Change, own: 'added' | 'removed'): TemplateResult | string {
  if (!change[own]) return change.value;
  return own === 'added' ? html`<ins>${change.value}</ins>` : html`<del>${change.value}</del>`;
}
