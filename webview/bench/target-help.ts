import * as l10n from '@vscode/l10n';

import type { BenchModel, EditDraft } from '../../src/protocol/bench-state.ts';

/** What is to be written as the target of an edit. */
export function targetHelp({ prompt, lead = '', wrong, target }: EditDraft, model: BenchModel | null): string {
  if (model?.kind === 'masked') {
    const text = prompt.kind === 'text' ? prompt.text : '';
    const masks = text.split(model.mask ?? '[MASK]').length - 1;
    return masks > 1 ? l10n.t('{0} words, one for each mask.', masks) : l10n.t('One word for the mask.');
  }
  if (lead !== '') return l10n.t('Only what comes in place of the selection; what was said before it stays.');
  // A target that lacks the space with which the model's own words began seldom says what was meant.
  if (/^\s/.test(wrong) && target !== '' && !/^\s/.test(target))
    return l10n.t('What was said began with a space; yours does not.');
  return l10n.t('Only what comes in place of the selection.');
}
