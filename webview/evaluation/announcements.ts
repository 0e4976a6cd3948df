import * as l10n from '@vscode/l10n';

import type { EvaluationOutcome, EvaluationState } from '../../src/protocol/evaluation-state.ts';
import { activityWords } from './words.ts';

/** What a screen reader is told of a change of state; empty when the change is nobody's news. */
export function announcement(before: EvaluationState | null, after: EvaluationState): string {
  if (!before) return '';
  if (after.problem && after.problem !== before.problem) return `${after.problem.message} ${after.problem.advice}`;
  if (after.query && after.query !== before.query)
    return after.query.decision.fired
      ? l10n.t('Edit {0} fires for this prompt.', after.query.decision.edit!)
      : l10n.t('No edit fires for this prompt.');
  if (before.activity && !after.activity) return after.outcome ? outcomeWords(after.outcome) : '';
  // Once for each method, not for each edit.
  if (after.activity && before.activity?.progress?.what !== after.activity.progress?.what)
    return activityWords(after.activity);
  return '';
}

function outcomeWords({ kind, ended }: EvaluationOutcome): string {
  const isSweep = kind === 'sweep';
  switch (ended) {
    case 'done':
      return isSweep ? l10n.t('The sweep has ended.') : l10n.t('The run has ended.');
    case 'stopped':
      return isSweep
        ? l10n.t('The sweep was stopped. It can be resumed.')
        : l10n.t('The run was stopped. It can be resumed.');
    case 'failed':
      // The problem itself is told next.
      return '';
  }
}
