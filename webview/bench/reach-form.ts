import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { BenchState, EditDraft } from '../../src/protocol/bench-state.ts';
import { radiusOf, STRICTNESS, thresholdOf } from '../../src/protocol/two-part.ts';
import { checkBox } from './choice.ts';
import { negativeSuggestions } from './negative-suggestions.ts';
import './strictness-choice.ts';
import { subjectField } from './subject-field.ts';
import { textList } from './text-list.ts';

export type ReachState = Pick<BenchState, 'model' | 'activity' | 'outline' | 'suggestions'>;

export interface ReachActions {
  readonly write: (draft: EditDraft) => void;
  readonly suggest: () => void;
}

/** How far an edit reaches: what else it answers, who it is about, what must not fire it, and what must stay as it is. */
export function reachForm(draft: EditDraft, state: ReachState, actions: ReachActions): TemplateResult {
  const { rephrasings, negatives, probes } = draft;
  const hasParts = state.model?.router.inUse === 'two-part';
  const counted = rephrasings.length + negatives.length + probes.length;
  return html`${hasParts ? subjectAndStrictness(draft, state, actions) : nothing}
    <details class="fold reach">
      <summary>
        <span class="fold-title">${l10n.t('Rephrasings, what must not fire, and probes')}</span>
        <span class="fold-summary">${counted === 0 ? l10n.t('optional') : l10n.t('{0} written', counted)}</span>
      </summary>
      ${rephrasingList(draft, actions)} ${negativeList(draft, state, actions)} ${probeList(draft, actions)}
    </details>`;
}

function subjectAndStrictness(
  draft: EditDraft,
  { model, outline }: ReachState,
  { write }: ReachActions,
): TemplateResult {
  return html`${subjectField(draft.subject, outline, (subject) => {
      write({ ...draft, subject });
    })} <grace-strictness class="field" .state=${{ draft, model, outline }} .write=${write}></grace-strictness>`;
}

function rephrasingList(draft: EditDraft, { write }: ReachActions): TemplateResult {
  return textList(
    {
      id: 'rephrasings',
      label: l10n.t('Rephrasings'),
      help:
        draft.prompt.kind === 'text'
          ? l10n.t('The prompt in other words; the edit answers them too.')
          : l10n.t('The last question in other words; the edit answers them too.'),
      item: (number) => l10n.t('Rephrasing {0}', number),
      add: l10n.t('Add a rephrasing'),
      remove: (number) => l10n.t('Remove rephrasing {0}', number),
    },
    draft.rephrasings,
    (rephrasings) => {
      write({ ...draft, rephrasings });
    },
  );
}

function negativeList(
  draft: EditDraft,
  { model, activity, outline, suggestions }: ReachState,
  { write, suggest }: ReachActions,
): TemplateResult {
  const { negatives } = draft;
  const radius = draft.radius ?? model?.radius ?? radiusOf(STRICTNESS.balanced);
  const threshold = Math.max(thresholdOf(radius), outline?.floor ?? 0);
  return html`${textList(
    {
      id: 'negatives',
      label: l10n.t('Must not fire'),
      help: l10n.t('Prompts that the edit must leave alone, such as another question about the same person.'),
      item: (number) => l10n.t('Prompt {0} that must not fire', number),
      add: l10n.t('Add a prompt that must not fire'),
      remove: (number) => l10n.t('Remove prompt {0} that must not fire', number),
    },
    negatives,
    (texts) => {
      write({ ...draft, negatives: texts });
    },
  )}
  ${
    model?.router.inUse === 'two-part'
      ? negativeSuggestions({ suggestions, negatives, threshold, busy: activity !== null }, suggest, (text) => {
          write({ ...draft, negatives: [...negatives.filter((other) => other.trim() !== ''), text] });
        })
      : nothing
  }`;
}

function probeList(draft: EditDraft, { write }: ReachActions): TemplateResult {
  return html`${textList(
    {
      id: 'probes',
      label: l10n.t('Probes'),
      help: l10n.t('Prompts whose answers must stay as they are; they are asked before and after.'),
      item: (number) => l10n.t('Probe {0}', number),
      add: l10n.t('Add a probe'),
      remove: (number) => l10n.t('Remove probe {0}', number),
    },
    draft.probes,
    (probes) => {
      write({ ...draft, probes });
    },
  )}
  ${checkBox(l10n.t('Ask the default set of unrelated prompts as well'), draft.defaultProbes, (checked) => {
    write({ ...draft, defaultProbes: checked });
  })}`;
}
