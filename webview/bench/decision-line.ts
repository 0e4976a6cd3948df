import * as l10n from '@vscode/l10n';
import { html, type TemplateResult } from 'lit';

import type { Decision } from '../../src/protocol/decision.ts';
import { editLink, filled, HOLE, type RevealEdit } from './edit-link.ts';
import { measure } from './words.ts';

/** Which edit fired for a prompt, in plain words. */
export function decisionLine(decision: Decision, reveal: RevealEdit): TemplateResult {
  const { fired, edit, distance, radius, nearest } = decision;
  if (fired && edit !== null) {
    const sentence = l10n.t(
      '{0} fired (distance {1} of radius {2})',
      HOLE,
      measure(distance ?? 0),
      measure(radius ?? 0),
    );
    return html`<span class="fired">${filled(sentence, editLink(edit, l10n.t('Edit {0}', edit), reveal))}</span>`;
  }
  if (nearest === null) return html`${l10n.t('No edit fired; there is none.')}`;
  const outside = measure(nearest.distance - nearest.radius);
  const sentence = l10n.t('No edit fired; nearest is {0}, {1} outside', HOLE, outside);
  return filled(sentence, editLink(nearest.edit, l10n.t('edit {0}', nearest.edit), reveal));
}

/** The same without links, for where a line is itself a button. */
export function decisionWords({ fired, edit, nearest }: Decision): string {
  if (fired && edit !== null) return l10n.t('Edit {0} fired', edit);
  return nearest === null ? l10n.t('No edit') : l10n.t('No edit fired');
}
