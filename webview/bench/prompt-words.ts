import * as l10n from '@vscode/l10n';

import type { BenchModel } from '../../src/protocol/bench-state.ts';
import type { ModelKind } from '../../src/protocol/model-description.ts';

/** What is written into the prompt of a model, while nothing is. */
export function promptHint(model: BenchModel | null): string {
  switch (model?.kind) {
    case 'encoder-decoder':
      return l10n.t('Write a question, or another text; the model answers it.');
    case 'classifier':
      return l10n.t('Write a text; the model says which label it has.');
    case 'masked':
      return l10n.t('Write a text with {0} where the model is to fill in a word.', model.mask ?? '[MASK]');
    case 'causal':
    case undefined:
      return l10n.t('Write the beginning of a text; the model goes on from there.');
  }
}

/** What the button that asks the model is called. */
export function askWords(kind: ModelKind | undefined): string {
  switch (kind) {
    case 'classifier':
      return l10n.t('Classify');
    case 'masked':
      return l10n.t('Fill in');
    case 'causal':
    case 'encoder-decoder':
    case undefined:
      return l10n.t('Generate');
  }
}

/** Whether a model writes text: token by token, with a way to choose the next one, and perhaps in a chat. */
export const isWriter = (model: BenchModel | null): boolean => model?.kind !== 'classifier' && model?.kind !== 'masked';
