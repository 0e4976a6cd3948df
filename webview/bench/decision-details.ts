import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { Decision, KeyMatch } from '../../src/protocol/decision.ts';
import { COVERAGE_NEEDED, RUN_NEEDED } from '../../src/protocol/two-part.ts';
import { icon } from './icon.ts';

/** What a decision of the two-part router rests on, for who wants to know; nothing where GRACE's own router decided. */
export function decisionDetails({ edit, match, nearest }: Decision): TemplateResult | typeof nothing {
  if (!match && !nearest?.match) return nothing;
  return html`<details class="fold why">
    <summary><span class="fold-summary">${l10n.t('Why')}</span></summary>
    ${match ? matchList(l10n.t('Edit {0} fired', edit!), match) : nothing}
    ${nearest?.match ? matchList(match ? l10n.t('Runner-up: edit {0}', nearest.edit) : l10n.t('Nearest: edit {0}', nearest.edit), nearest.match) : nothing}
  </details>`;
}

function matchList(title: string, match: KeyMatch): TemplateResult {
  const { own, found, missing, coverage, run, score, threshold } = match;
  const words = (list: readonly string[]): string => list.join(', ') || l10n.t('none');
  return html`<h4>${title}</h4>
    <ul class="reasons">
      ${own ? reason(true, l10n.t('It is the edit’s own prompt, word for word: that always fires.')) : nothing}
      ${reason(
        coverage >= COVERAGE_NEEDED,
        l10n.t(
          'Who it is about: found {0}; missing {1}. That is {2} of what the name tells, {3} is needed.',
          words(found),
          words(missing),
          percent(coverage),
          percent(COVERAGE_NEEDED),
        ),
      )}
      ${reason(
        run >= RUN_NEEDED,
        l10n.t('These words are {0} of a name in the prompt, {1} is needed.', percent(run), percent(RUN_NEEDED)),
      )}
      ${reason(
        score >= threshold,
        l10n.t('What is asked scores {0}; it fires from θ = {1} on.', score.toFixed(2), threshold.toFixed(2)),
      )}
    </ul>`;
}

function reason(holds: boolean, words: string): TemplateResult {
  return html`<li class=${holds ? 'holds' : 'fails'}>
    ${icon(holds ? 'pass' : 'circle-slash')}
    <span><span class="visually-hidden">${holds ? l10n.t('Holds:') : l10n.t('Does not hold:')}</span> ${words}</span>
  </li>`;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
