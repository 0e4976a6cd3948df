import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { BenchModel, EditDraft } from '../../src/protocol/bench-state.ts';
import type { ReplacementPolicy } from '../../src/protocol/edit.ts';
import { choice } from './choice.ts';
import { numberField } from './number-field.ts';
import { measure, policyWords } from './words.ts';

const POLICIES: readonly ReplacementPolicy[] = ['replace_last', 'replace_prompt', 'replace_all'];

/** How an edit is learned: all of it has a value that holds when nothing is said. */
export function advancedForm(
  draft: EditDraft,
  model: BenchModel | null,
  changed: (draft: EditDraft) => void,
  chooseHook: (hook: string) => void,
): TemplateResult {
  const hooks = model?.hooks ?? [];
  const measured = model?.radius ?? null;
  // There the radius is called strictness, and has a place of its own.
  const isTwoPart = model?.router.inUse === 'two-part';
  return html`<details class="fold advanced">
    <summary>
      <span class="fold-title">${l10n.t('Advanced')}</span>
      <span class="fold-summary">${l10n.t('where, how far and how it is learned')}</span>
    </summary>
    ${choice(
      { id: 'hook', label: l10n.t('Hook point'), disabled: hooks.length === 0 },
      model?.hook ?? '',
      hooks.map((hook) => ({ value: hook, label: hook })),
      chooseHook,
    )}
    <div class="fields">
      ${
        isTwoPart
          ? nothing
          : numberField(
              {
                id: 'radius',
                label: l10n.t('Radius'),
                help: l10n.t('How far from the prompt the edit reaches'),
                least: Number.MIN_VALUE,
                otherwise: measured === null ? l10n.t('measured') : l10n.t('{0} (measured)', measure(measured)),
              },
              draft.radius,
              (radius) => {
                changed({ ...draft, radius });
              },
            )
      }
      ${choice(
        { id: 'policy', label: l10n.t('Replaces') },
        draft.replace,
        POLICIES.map((policy) => ({ value: policy, label: policyWords(policy) })),
        (replace) => {
          changed({ ...draft, replace });
        },
      )}
      ${numberField(
        {
          id: 'steps',
          label: l10n.t('Steps'),
          help: l10n.t('At most; learning ends when the answer is right'),
          least: 1,
          most: 100_000,
          whole: true,
          otherwise: model ? String(model.steps) : l10n.t('auto'),
        },
        draft.steps,
        (steps) => {
          changed({ ...draft, steps });
        },
      )}
      ${numberField(
        {
          id: 'learning-rate',
          label: l10n.t('Learning rate'),
          help: l10n.t('Chosen from the module’s output when empty'),
          least: Number.MIN_VALUE,
          otherwise: l10n.t('auto'),
        },
        draft.learningRate,
        (learningRate) => {
          changed({ ...draft, learningRate });
        },
      )}
    </div>
  </details>`;
}
