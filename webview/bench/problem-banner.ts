import * as l10n from '@vscode/l10n';
import { html, type TemplateResult } from 'lit';

import type { ErrorReport } from '../../src/protocol/coded-error.ts';
import { icon } from './icon.ts';

/** What went wrong, and what to do next. */
export function problemBanner({ message, advice }: ErrorReport, dismiss: () => void): TemplateResult {
  return html`<div class="problem">
    ${icon('error')}
    <p><strong>${message}</strong> ${advice}</p>
    <button
      class="button icon-only"
      type="button"
      title=${l10n.t('Dismiss')}
      aria-label=${l10n.t('Dismiss the problem')}
      @click=${dismiss}
    >
      ${icon('close')}
    </button>
  </div>`;
}
