import * as l10n from '@vscode/l10n';
import { html, type TemplateResult } from 'lit';

import type { Decision, KeyMatch } from '../../src/protocol/decision.ts';
import { editLink, filled, HOLE, type RevealEdit } from './edit-link.ts';
import { measure } from './words.ts';

/** Which edit fired for a prompt, in plain words. */
export function decisionLine(decision: Decision, reveal: RevealEdit): TemplateResult {
  const { fired, edit, distance, radius, match, nearest } = decision;
  if (fired && edit !== null && match) {
    const sentence = l10n.t('{0} fired: {1}', HOLE, matchWords(match));
    return html`<span class="fired">${filled(sentence, editLink(edit, l10n.t('Edit {0}', edit), reveal))}</span>`;
  }
  if (nearest?.match) {
    const sentence = l10n.t('No edit fired; nearest is {0}: {1}', HOLE, matchWords(nearest.match));
    return filled(sentence, editLink(nearest.edit, l10n.t('edit {0}', nearest.edit), reveal));
  }
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

/** How a prompt and a key of the two-part router agree. */
export function matchWords({ own, found, missing, score, threshold }: KeyMatch): string {
  if (own) return l10n.t('its own prompt, word for word');
  const scored = l10n.t('what is asked scores {0}, {1} is needed', score.toFixed(2), threshold.toFixed(2));
  if (missing.length === 0) return l10n.t('about {0}, {1}', found.join(' '), scored);
  return l10n.t('about {0} without {1}, {2}', found.join(' ') || '–', missing.join(' '), scored);
}

/** The same without links, for where a line is itself a button. */
export function decisionWords({ fired, edit, nearest }: Decision): string {
  if (fired && edit !== null) return l10n.t('Edit {0} fired', edit);
  return nearest === null ? l10n.t('No edit') : l10n.t('No edit fired');
}
