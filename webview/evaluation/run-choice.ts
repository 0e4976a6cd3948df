import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { EvaluationState } from '../../src/protocol/evaluation-state.ts';
import { choice } from '../bench/choice.ts';
import { icon } from '../bench/icon.ts';

export interface RunActions {
  readonly show: (folder: string) => void;
  readonly compare: (folder: string | null) => void;
  readonly export: () => void;
}

/** Which run is shown, which other one beside it, and a way to files. */
export function runChoice(
  { runs, run, compared }: EvaluationState,
  hasSweep: boolean,
  actions: RunActions,
): TemplateResult {
  if (runs.length === 0 && !hasSweep) return html`${nothing}`;
  const options = runs.map(({ folder, label }) => ({ value: folder, label }));
  const none = { value: '', label: l10n.t('Nothing') };
  return html`<div class="chooser">
    ${
      runs.length === 0
        ? nothing
        : choice(
            { id: 'run', label: l10n.t('Run') },
            run ?? '',
            run === null ? [none, ...options] : options,
            (folder) => {
              if (folder !== '') actions.show(folder);
            },
          )
    }
    ${
      run === null || runs.length < 2
        ? nothing
        : choice(
            { id: 'compared', label: l10n.t('Compared with') },
            compared ?? '',
            [none, ...options.filter(({ value }) => value !== run)],
            (folder) => {
              actions.compare(folder === '' ? null : folder);
            },
          )
    }
    ${
      run === null && !hasSweep
        ? nothing
        : html`<button class="button secondary" type="button" @click=${actions.export}>
            ${icon('export')}${l10n.t('Export…')}
          </button>`
    }
  </div>`;
}
