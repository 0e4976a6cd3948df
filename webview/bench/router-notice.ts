import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { BenchCodebook, BenchModel } from '../../src/protocol/bench-state.ts';
import type { RouterState } from '../../src/protocol/router-state.ts';
import { icon } from './icon.ts';

export interface RouterActions {
  readonly calibrate: () => void;
  readonly createCodebook: () => void;
}

/** Who decides which edit fires, in a few words. */
export function routerWords({ inUse, missing }: RouterState): string {
  if (inUse === 'two-part') return l10n.t('two-part router');
  return missing.length > 0 ? l10n.t('GRACE’s own router, not calibrated') : l10n.t('GRACE’s own router');
}

/** What a better router would bring, and how to get it; nothing where it decides already, or is not there for the model. */
export function routerNotice(
  model: BenchModel | null,
  codebook: BenchCodebook | null,
  { calibrate, createCodebook }: RouterActions,
): TemplateResult | typeof nothing {
  if (!model || !codebook) return nothing;
  const { inUse, calibrated, missing } = model.router;
  if (inUse === 'two-part' && missing.includes('chat')) {
    const words = l10n.t('The router is calibrated for plain text, and not yet for this model’s chats.');
    return notice(words, l10n.t('Calibrate…'), calibrate);
  }
  if (inUse === 'two-part') return nothing;
  if (missing.length > 0) {
    const words = l10n.t('GRACE’s own router decides: an edit fires on its own prompt, and seldom on the same question in other words. Calibrating this model once, in a few minutes, lets edits answer rewordings too.'); // prettier-ignore
    return notice(words, l10n.t('Calibrate…'), calibrate);
  }
  if (calibrated.length === 0) return nothing;
  const words = l10n.t('This model is calibrated, but this codebook was made with GRACE’s own router. In a new one, edits answer rewordings too.'); // prettier-ignore
  return notice(words, l10n.t('New codebook…'), createCodebook);
}

function notice(words: string, label: string, act: () => void): TemplateResult {
  return html`<div class="router-notice">
    ${icon('git-compare')}
    <p>${words}</p>
    <button class="button secondary" type="button" @click=${act}>${label}</button>
  </div>`;
}
