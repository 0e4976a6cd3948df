import * as l10n from '@vscode/l10n';
import { html, type TemplateResult } from 'lit';

import type { BenchSettings } from '../../src/protocol/bench-state.ts';
import type { Sampling } from '../../src/protocol/generation.ts';
import { numberField, type NumberQuestion } from './number-field.ts';
import { textList } from './text-list.ts';

/** How the next token is chosen, and when to stop: folded away, with what holds in its heading. */
export function settingsForm(settings: BenchSettings, changed: (settings: BenchSettings) => void): TemplateResult {
  const { sampling, maxTokens, stop } = settings;
  const number = (question: NumberQuestion, name: keyof Sampling): TemplateResult =>
    numberField(question, sampling[name], (value) => {
      if (value !== null) changed({ ...settings, sampling: { ...sampling, [name]: value } });
    });
  return html`<details class="fold">
    <summary>
      <span class="fold-title">${l10n.t('Sampling')}</span> <span class="fold-summary">${summary(settings)}</span>
    </summary>
    <div class="fields">
      ${numberField(
        { id: 'max-tokens', label: l10n.t('Most tokens'), least: 1, most: 1_000_000, whole: true },
        maxTokens,
        (value) => {
          if (value !== null) changed({ ...settings, maxTokens: value });
        },
      )}
      ${number(
        {
          id: 'temperature',
          label: l10n.t('Temperature'),
          help: l10n.t('0: the most likely token'),
          least: 0,
          most: 100,
        },
        'temperature',
      )}
      ${number({ id: 'top-k', label: l10n.t('Top-k'), help: l10n.t('0: all tokens'), least: 0, whole: true }, 'topK')}
      ${number({ id: 'top-p', label: l10n.t('Top-p'), help: l10n.t('1: all tokens'), least: 0, most: 1 }, 'topP')}
      ${number(
        {
          id: 'repetition-penalty',
          label: l10n.t('Repetition penalty'),
          help: l10n.t('1: none'),
          least: 0.01,
          most: 100,
        },
        'repetitionPenalty',
      )}
      ${number(
        { id: 'seed', label: l10n.t('Seed'), help: l10n.t('Same seed, same tokens'), least: 0, whole: true },
        'seed',
      )}
    </div>
    ${textList(
      {
        id: 'stop-strings',
        label: l10n.t('Stop strings'),
        help: l10n.t('The answer ends where one of these appears.'),
        item: (number) => l10n.t('Stop string {0}', number),
        add: l10n.t('Add a stop string'),
        remove: (number) => l10n.t('Remove stop string {0}', number),
      },
      stop,
      (texts) => {
        changed({ ...settings, stop: texts });
      },
    )}
  </details>`;
}

function summary({ sampling, maxTokens }: BenchSettings): string {
  const { temperature } = sampling;
  const chosen = temperature === 0 ? l10n.t('most likely token') : l10n.t('temperature {0}', temperature);
  return l10n.t('{0}, up to {1} tokens', chosen, maxTokens);
}
