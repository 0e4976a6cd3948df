import * as l10n from '@vscode/l10n';
import { html, type TemplateResult } from 'lit';

import type { BenchOutput, BenchSide } from '../../src/protocol/bench-state.ts';
import { decisionDetails } from './decision-details.ts';
import { decisionLine } from './decision-line.ts';
import type { RevealEdit } from './edit-link.ts';
import { icon } from './icon.ts';

/** Which edit fired for an answer, as soon as that is known. */
export function decisionParagraph(
  { decision, finish }: BenchOutput,
  side: BenchSide,
  reveal: RevealEdit,
): TemplateResult {
  if (side === 'unedited') return html`<p class="decision">${l10n.t('The model as it is, without the codebook.')}</p>`;
  if (side === 'inContext')
    return html`<p class="decision">${l10n.t('The model as it is, told the fact before the prompt.')}</p>`;
  if (!decision) return html`<p class="decision">${finish ? '' : l10n.t('Reading the prompt…')}</p>`;
  return html`<div class="decision">
    ${icon(decision.fired ? 'zap' : 'circle-slash')} <span>${decisionLine(decision, reveal)}</span>
    ${decisionDetails(decision)}
  </div>`;
}
