import * as l10n from '@vscode/l10n';
import { html, type TemplateResult } from 'lit';

import type { EditReach, MetEdit } from '../../src/protocol/edit-reach.ts';
import type { EditDraft } from '../../src/protocol/bench-state.ts';
import { matchWords } from './decision-line.ts';
import { editLink, filled, HOLE, type RevealEdit } from './edit-link.ts';
import { icon } from './icon.ts';

/** What an edit would fire on beyond its own prompts, a line each; what a person may not want is marked. */
export function reachSummary(reach: EditReach, draft: EditDraft, reveal: RevealEdit): readonly TemplateResult[] {
  const { entity, isGuess, threshold, unrelated, negatives, edits, nearest } = reach;
  const { fires, of } = unrelated;
  return [
    line(false, l10n.t('It is about {0}, and fires from score {1} on.', entity.join(' '), threshold.toFixed(2))),
    ...(isGuess ? [line(true, l10n.t('The prompt has no name and no number: say who or what it is about.'))] : []),
    line(fires > 0, l10n.t('It would fire on {0} of {1} unrelated questions.', fires, of)),
    ...negatives.map(({ match }, at) => {
      const name = draft.negatives.filter((text) => text.trim() !== '')[at] ?? l10n.t('Prompt {0}', at + 1);
      const words = match ? matchWords(match) : l10n.t('nothing in common');
      return line(match !== null && match.score >= threshold, l10n.t('Must not fire: “{0}” ({1}).', name, words));
    }),
    ...(edits.length === 0 ? [line(false, l10n.t('No other edit is about the same.'))] : []),
    ...edits.map((met) => metLine(met, reveal)),
    ...(nearest?.match.own === false && nearest.match.score >= nearest.match.threshold
      ? [editLine(true, l10n.t('Its prompt fires {0} now.', HOLE), nearest.edit, reveal)]
      : []),
  ];
}

function metLine({ edit, fires, match }: MetEdit, reveal: RevealEdit): TemplateResult {
  const score = match.score.toFixed(2);
  const sentence = fires
    ? l10n.t('{0} is about the same and asks nearly the same (score {1}): its rewordings may get this answer.', HOLE, score) // prettier-ignore
    : l10n.t('{0} is about the same and asks something else (score {1}).', HOLE, score);
  return editLine(fires, sentence, edit, reveal);
}

const editLine = (doubtful: boolean, sentence: string, edit: number, reveal: RevealEdit): TemplateResult =>
  html`<li class=${doubtful ? 'doubtful' : ''}>
    ${doubtful ? icon('warning') : ''} ${filled(sentence, editLink(edit, l10n.t('Edit {0}', edit), reveal))}
  </li>`;

const line = (doubtful: boolean, words: string): TemplateResult =>
  html`<li class=${doubtful ? 'doubtful' : ''}>${doubtful ? icon('warning') : ''} ${words}</li>`;
