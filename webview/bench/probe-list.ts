import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { ProbeResult } from '../../src/protocol/edit-result.ts';
import { icon } from './icon.ts';
import { wordDiff } from './word-diff.ts';
import { excerpt } from './words.ts';

/** Whether unrelated prompts are answered as before, each to be opened. */
export function probeList(probes: readonly ProbeResult[]): TemplateResult | typeof nothing {
  if (probes.length === 0) return nothing;
  const unchanged = probes.filter((probe) => probe.unchanged).length;
  const isAll = unchanged === probes.length;
  return html`<section class="probes" aria-labelledby="probes-heading">
    <h3 id="probes-heading" class=${isAll ? 'good' : 'bad'}>
      ${icon(isAll ? 'pass' : 'warning')} ${l10n.t('Unrelated prompts unchanged: {0} of {1}', unchanged, probes.length)}
    </h3>
    <ul>
      ${probes.toSorted((a, b) => Number(a.unchanged) - Number(b.unchanged)).map(probeItem)}
    </ul>
  </section>`;
}

function probeItem({ prompt, before, after, unchanged }: ProbeResult): TemplateResult {
  return html`<li>
    <details class="fold">
      <summary>
        <span class="fold-title">${excerpt(prompt)}</span>
        <span class="fold-summary">${unchanged ? l10n.t('unchanged') : l10n.t('changed')}</span>
      </summary>
      ${unchanged ? html`<p class="probe-answer">${before}</p>` : wordDiff(before, after)}
    </details>
  </li>`;
}
