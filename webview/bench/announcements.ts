import * as l10n from '@vscode/l10n';

import type { BenchState } from '../../src/protocol/bench-state.ts';
import { answerText } from './answer-text.ts';
import { finishWords } from './words.ts';

/** What a screen reader is told of a change of state; empty when the change is nobody's news. */
export function announcement(before: BenchState | null, after: BenchState): string {
  if (!before) return '';
  if (after.problem && after.problem !== before.problem) return `${after.problem.message} ${after.problem.advice}`;
  if (after.result && !after.result.undone && after.result !== before.result) return resultWords(after.result.result);
  if (after.result?.undone && !before.result?.undone) return l10n.t('The edit was taken back.');
  if (after.preview && after.preview !== before.preview) return previewWords(after);
  if (after.suggestions && after.suggestions !== before.suggestions)
    return l10n.t('{0} other questions are suggested.', after.suggestions.length);
  if (after.activity !== before.activity) return activityWords(before, after);
  const step = after.losses.length - 1;
  // Not each of hundreds of steps.
  if (step > 0 && step % 25 === 0 && after.losses !== before.losses) return l10n.t('Step {0}', step);
  return '';
}

function activityWords(before: BenchState, after: BenchState): string {
  switch (after.activity) {
    case 'opening':
      return l10n.t('Opening the model');
    case 'generating':
      return l10n.t('Generating');
    case 'checking':
      return l10n.t('Checking');
    case 'editing':
      return l10n.t('Learning the edit');
    case 'undoing':
      return l10n.t('Taking the edit back');
    case null:
      return before.activity === 'generating' ? answerWords(after) : '';
  }
}

function answerWords({ runs, shown }: BenchState): string {
  const output = runs.find(({ run }) => run === shown)?.outputs.edited;
  if (!output?.finish) return '';
  // Of a label there is no more to say.
  if (output.classes) return l10n.t('Label: {0}', answerText(output));
  return l10n.t('Answer: {0} {1}', answerText(output), finishWords(output.finish));
}

function resultWords({ success, after, probes }: NonNullable<BenchState['result']>['result']): string {
  const verdict = success ? l10n.t('Corrected.') : l10n.t('The edit did not reach its target.');
  const unchanged = probes.filter((probe) => probe.unchanged).length;
  return l10n.t(
    '{0} The model now says: {1}. Unrelated prompts unchanged: {2} of {3}.',
    verdict,
    after,
    unchanged,
    probes.length,
  );
}

function previewWords({ preview }: BenchState): string {
  const { orphans, displaced, relabelled } = preview!.outcome;
  const touched = new Set([...orphans, ...displaced, ...relabelled].map(({ edit }) => edit)).size;
  const words =
    touched === 0
      ? l10n.t('Checked: no earlier edit is touched.')
      : l10n.t('Checked: {0} earlier edits are touched.', touched);
  const { reach } = preview!;
  if (!reach) return words;
  const { fires, of } = reach.unrelated;
  return `${words} ${l10n.t('It would fire on {0} of {1} unrelated questions.', fires, of)}`;
}
