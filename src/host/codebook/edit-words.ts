import * as vscode from 'vscode';

import type { ItemState } from '../../protocol/codebook-snapshot.ts';
import type { Decision, KeyMatch } from '../../protocol/decision.ts';
import type { EditAction } from '../../protocol/edit.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { COVERAGE_NEEDED, RUN_NEEDED } from '../../protocol/two-part.ts';

/** Four significant digits at most. */
export const figure = (number: number): string => Number(number.toPrecision(4)).toLocaleString(vscode.env.language, { maximumSignificantDigits: 4 }); // prettier-ignore

/** A probability, given by its natural logarithm. */
export const percent = (logprob: number): string =>
  Math.exp(logprob).toLocaleString(vscode.env.language, { style: 'percent', maximumSignificantDigits: 3 });

/** What an edit's state is called. */
export function describeState(state: ItemState): string {
  switch (state) {
    case 'live':
      return vscode.l10n.t('Live');
    case 'orphaned':
      return vscode.l10n.t('Orphaned');
    case 'disabled':
      return vscode.l10n.t('Disabled');
    case 'damaged':
      return vscode.l10n.t('Damaged');
    case 'reverted':
      return vscode.l10n.t('Reverted');
  }
}

/** What an edit's state means, in a sentence. */
export function explainState(state: ItemState): string {
  switch (state) {
    case 'live':
      return vscode.l10n.t('The model gives its answer.');
    case 'orphaned':
      return vscode.l10n.t('It is live, but a later edit has taken its prompt: its own value does not fire any more.');
    case 'disabled':
      return vscode.l10n.t('The model answers as if it had never been made; tick it to bring it back.');
    case 'damaged':
      return vscode.l10n.t('Its vectors cannot be read; it is left out until they are back.');
    case 'reverted':
      return vscode.l10n.t('It is taken back for good.');
  }
}

export function describeAction(action: EditAction): string {
  switch (action) {
    case 'add':
      return vscode.l10n.t('adds an entry');
    case 'expand':
      return vscode.l10n.t('expands an entry');
    case 'reuse':
      return vscode.l10n.t('uses an entry that is there');
    case 'split':
      return vscode.l10n.t('splits an entry');
    case 'update':
      return vscode.l10n.t('changes the value of an entry');
  }
}

/** A decision in plain words. */
export function describeDecision({ fired, edit, distance, radius, match, nearest }: Decision): string {
  if (match) return vscode.l10n.t('Edit {0} fired: {1}.', edit!, describeMatch(match));
  if (nearest?.match) return vscode.l10n.t('No edit fired; nearest is edit {0}: {1}.', nearest.edit, describeMatch(nearest.match)); // prettier-ignore
  if (fired) {
    const what = vscode.l10n.t('Edit {0} fired (distance {1} of radius {2}).', edit!, figure(distance!), figure(radius!)); // prettier-ignore
    if (!nearest) return what;
    const next = vscode.l10n.t('Next is edit {0}, at {1} of radius {2}.', nearest.edit, figure(nearest.distance), figure(nearest.radius)); // prettier-ignore
    return `${what} ${next}`;
  }
  if (!nearest) return vscode.l10n.t('No edit fired; there is none.');
  return vscode.l10n.t('No edit fired; nearest is edit {0}, {1} outside its radius {2}.', nearest.edit, figure(nearest.distance - nearest.radius), figure(nearest.radius)); // prettier-ignore
}

/** How a prompt and a key of the two-part router agree. */
function describeMatch({ own, found, missing, score, threshold }: KeyMatch): string {
  if (own) return vscode.l10n.t('its own prompt, word for word');
  const asked = vscode.l10n.t('what is asked scores {0}, {1} is needed', score.toFixed(2), threshold.toFixed(2));
  return missing.length === 0
    ? vscode.l10n.t('about {0}, {1}', found.join(' '), asked)
    : vscode.l10n.t('about {0} without {1}, {2}', found.join(' ') || '–', missing.join(' '), asked);
}

/** What a decision of the two-part router rests on, a line each; none where GRACE's own router decided. */
export function explainDecision({ edit, match, nearest }: Decision): readonly string[] {
  const runnerUp = nearest?.match
    ? [
        match ? vscode.l10n.t('Runner-up: edit {0}', nearest.edit) : vscode.l10n.t('Nearest: edit {0}', nearest.edit),
        ...explainMatch(nearest.match),
      ]
    : [];
  return match ? [vscode.l10n.t('Edit {0} fired', edit!), ...explainMatch(match), ...runnerUp] : runnerUp;
}

function explainMatch({ own, found, missing, coverage, run, score, threshold }: KeyMatch): readonly string[] {
  const mark = (holds: boolean, words: string): string => `${holds ? '✓' : '✗'} ${words}`;
  const words = (list: readonly string[]): string => list.join(', ') || vscode.l10n.t('none');
  return [
    ...(own ? [mark(true, vscode.l10n.t('its own prompt, word for word: that always fires'))] : []),
    mark(
      coverage >= COVERAGE_NEEDED,
      vscode.l10n.t('who it is about: found {0}; missing {1}; {2} of {3} needed', words(found), words(missing), figure(coverage), figure(COVERAGE_NEEDED)), // prettier-ignore
    ),
    mark(
      run >= RUN_NEEDED,
      vscode.l10n.t('of a name in the prompt: {0} of {1} needed', figure(run), figure(RUN_NEEDED)),
    ),
    mark(score >= threshold, vscode.l10n.t('what is asked: score {0}, fires from {1} on', score.toFixed(2), threshold.toFixed(2))), // prettier-ignore
  ];
}

/** A prompt as one text; a chat with the roles of its messages. */
export function promptText(prompt: Prompt): string {
  if (prompt.kind === 'text') return prompt.pair === undefined ? prompt.text : `${prompt.text}\n\n${prompt.pair}`;
  const [first] = prompt.messages;
  // Of a single question everybody knows who asks it.
  if (prompt.messages.length === 1 && first!.role === 'user' && prompt.answer === undefined) return first!.content;
  const messages = prompt.messages.map(({ role, content }) => `${role}: ${content}`);
  return [...messages, ...(prompt.answer === undefined ? [] : [`assistant: ${prompt.answer}`])].join('\n');
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** How long ago something was, in its largest unit. */
export function describeAge(at: string, now: number): string {
  const seconds = (now - Date.parse(at)) / 1000;
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? (['second', 1] as const);
  const format = new Intl.RelativeTimeFormat(vscode.env.language, { numeric: 'auto' });
  return format.format(-Math.max(0, Math.floor(seconds / size)), unit);
}

/** A moment, for people. */
export const describeMoment = (at: string): string =>
  new Date(at).toLocaleString(vscode.env.language, { dateStyle: 'medium', timeStyle: 'short' });

/** Edits by their numbers: `edit 12`, `edits 3, 4`, and no more than fit a message. */
export function describeEdits(edits: readonly number[]): string {
  if (edits.length === 1) return vscode.l10n.t('Edit {0}', edits[0]!);
  return edits.length <= 5 ? vscode.l10n.t('Edits {0}', edits.join(', ')) : vscode.l10n.t('{0} edits', edits.length);
}
