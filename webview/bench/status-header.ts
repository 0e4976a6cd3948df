import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { BenchState } from '../../src/protocol/bench-state.ts';
import { icon } from './icon.ts';
import { routerWords } from './router-notice.ts';
import { editsLive } from './words.ts';

/** Which model and codebook are worked with, and where. */
export function statusHeader({ model, codebook, activity }: BenchState): TemplateResult {
  return html`<header class="status">
    <h1>${l10n.t('Edit Bench')}</h1>
    ${
      model
        ? html`<ul class="facts" aria-label=${l10n.t('Model and codebook')}>
            ${fact('chip', l10n.t('Model'), model.name)} ${fact('pulse', l10n.t('Device'), model.device)}
            ${fact('vm', l10n.t('Machine'), model.machine)}
            ${codebook ? fact('git-compare', l10n.t('Router'), routerWords(model.router)) : nothing}
            ${
              codebook
                ? html`${fact('book', l10n.t('Codebook'), codebook.name, '')}
                    <li><vscode-badge>${editsLive(codebook.live)}</vscode-badge></li>`
                : nothing
            }
          </ul>`
        : nothing
    }
    ${
      codebook?.readOnly
        ? html`<p class="notice">${icon('lock')} <span>${l10n.t('Read-only: {0}', codebook.readOnly)}</span></p>`
        : nothing
    }
    <div class="busy" aria-hidden="true">${activity ? html`<vscode-progress-bar></vscode-progress-bar>` : nothing}</div>
  </header>`;
}

function fact(name: string, label: string, value: string, hiding = 'visually-hidden'): TemplateResult {
  return html`<li title=${label}>${icon(name)} <span class=${hiding}>${label}:</span> <span>${value}</span></li>`;
}
