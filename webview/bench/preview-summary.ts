import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { EditDraft } from '../../src/protocol/bench-state.ts';
import type { EditPreview } from '../../src/protocol/engine-api.ts';
import type { RevealEdit } from './edit-link.ts';
import { icon } from './icon.ts';
import { movedEdits } from './moved-edits.ts';
import { reachSummary } from './reach-summary.ts';
import { actionAhead } from './words.ts';

/** What an edit would do to the codebook, in sentences. */
export function previewSummary({ outcome, reach }: EditPreview, draft: EditDraft, reveal: RevealEdit): TemplateResult {
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
      ${reach ? reachSummary(reach, draft, reveal) : nothing}
    </ul>
    ${movedEdits(outcome, reveal)}
  </div>`;
}
