import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { EditReach } from '../../src/protocol/edit-reach.ts';
import type { EditPreview } from '../../src/protocol/engine-api.ts';
import { matchWords } from './decision-line.ts';
import type { RevealEdit } from './edit-link.ts';
import { icon } from './icon.ts';
import { movedEdits } from './moved-edits.ts';
import { actionAhead } from './words.ts';

/** What an edit would fire on beyond its own prompts. */
function reachLines({
  entity,
  isGuess,
  threshold,
  unrelated,
  negatives,
  nearest,
}: EditReach): readonly TemplateResult[] {
  const { fires, of } = unrelated;
  const lines = [
    l10n.t('It is about: {0}; it fires from score {1} on.', entity.join(' '), threshold.toFixed(2)),
    l10n.t('It would fire on {0} of {1} unrelated questions.', fires, of),
  ];
  if (isGuess) lines.push(l10n.t('The prompt has no name and no number: say who or what it is about.'));
  if (nearest) lines.push(l10n.t('Its prompt is nearest to edit {0}: {1}.', nearest.edit, matchWords(nearest.match)));
  negatives.forEach(({ match }, at) => {
    const words = match ? matchWords(match) : l10n.t('nothing in common');
    lines.push(l10n.t('Prompt {0} that must not fire: {1}.', at + 1, words));
  });
  return lines.map((line) => html`<li>${line}</li>`);
}

/** What an edit would do to the codebook, in sentences. */
export function previewSummary({ outcome, reach }: EditPreview, reveal: RevealEdit): TemplateResult {
  const { steps, orphans, displaced, relabelled } = outcome;
  const touched = orphans.length + displaced.length + relabelled.length;
  return html`<div class="preview ${touched > 0 ? 'touches' : ''}">
    <h3>${icon(touched > 0 ? 'warning' : 'pass')} ${l10n.t('What this edit would do')}</h3>
    <ul>
      ${steps.map(
        ({ action, entry, nearest }, index) =>
          html`<li>
            ${index === 0 ? l10n.t('The prompt') : l10n.t('Rephrasing {0}', index)}
            ${actionAhead(action, action === 'split' ? nearest : entry)}
          </li>`,
      )}
      ${touched === 0 ? html`<li>${l10n.t('No earlier edit is touched.')}</li>` : nothing}
      ${reach ? reachLines(reach) : nothing}
    </ul>
    ${movedEdits(outcome, reveal)}
  </div>`;
}
