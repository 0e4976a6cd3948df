import * as l10n from '@vscode/l10n';

import type { EvaluationActivity } from '../../src/protocol/evaluation-state.ts';
import { nameOf } from '../pictures/words.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A time that is left, as people say it. */
export function timeWords(seconds: number): string {
  if (seconds >= HOUR)
    return l10n.t('{0} h {1} min left', Math.floor(seconds / HOUR), Math.round((seconds % HOUR) / MINUTE));
  if (seconds >= MINUTE) return l10n.t('{0} min left', Math.round(seconds / MINUTE));
  return l10n.t('{0} s left', Math.ceil(seconds));
}

/** What is at work. */
export function activityWords({ kind, progress }: EvaluationActivity): string {
  if (!progress) return l10n.t('Opening the model');
  if (progress.what === 'unedited') return l10n.t('Asking the unedited model');
  return kind === 'sweep' || progress.what === 'sweep' ? l10n.t('Sweep') : nameOf(progress.what);
}

/** How far it is, with the time that is left. */
export function progressWords({ progress, secondsLeft }: EvaluationActivity): string {
  if (!progress) return '';
  const far = l10n.t('{0} of {1} edits and answers', progress.done, progress.of);
  return secondsLeft === null ? far : `${far}, ${timeWords(secondsLeft)}`;
}
