import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { EditOutcome, MovedEdit } from '../../src/protocol/edit.ts';
import { editLink, type RevealEdit } from './edit-link.ts';

type Moved = Pick<EditOutcome, 'orphans' | 'displaced' | 'relabelled'>;

/** Which earlier edits an edit moves, each kind in a sentence; nothing for an edit that touches none. */
export function movedEdits(moved: Moved, reveal: RevealEdit): TemplateResult | typeof nothing {
  const { orphans, displaced, relabelled } = moved;
  if (orphans.length + displaced.length + relabelled.length === 0) return nothing;
  return html`<ul class="moved">
    ${group(l10n.t('Orphaned, their own prompts do not fire them any more:'), orphans, reveal)}
    ${group(l10n.t('Displaced, their prompts fire another entry now:'), displaced, reveal)}
    ${group(l10n.t('Relabelled, their prompts get this answer now:'), relabelled, reveal)}
  </ul>`;
}

function group(sentence: string, moved: readonly MovedEdit[], reveal: RevealEdit): TemplateResult | typeof nothing {
  if (moved.length === 0) return nothing;
  const edits = [...new Set(moved.map(({ edit }) => edit))];
  return html`<li>
    ${sentence} <span class="edit-links">${edits.map((edit) => editLink(edit, l10n.t('edit {0}', edit), reveal))}</span>
  </li>`;
}
