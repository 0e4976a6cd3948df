import * as l10n from '@vscode/l10n';

import type { EditAction, ReplacementPolicy } from '../../src/protocol/edit.ts';
import type { FinishReason } from '../../src/protocol/generation.ts';
import type { Prompt } from '../../src/protocol/prompt.ts';

/** Distances and radii: one digit after the point, or two that count where they are small. */
export function measure(value: number): string {
  return Math.abs(value) >= 1 || value === 0 ? value.toFixed(1) : value.toPrecision(2);
}

/** A probability as a percentage. */
export function percent(logprob: number): string {
  const value = Math.exp(logprob) * 100;
  if (value > 0 && value < 0.1) return '<0.1%';
  return `${value.toFixed(value > 99.9 || value < 10 ? 1 : 0)}%`;
}

export function seconds(value: number): string {
  return l10n.t('{0} s', value.toFixed(value < 10 ? 1 : 0));
}

/** Steps and seconds, the numbers of one edit. */
export function effort(steps: number, time: number): string {
  return steps === 1 ? l10n.t('1 step in {0}', seconds(time)) : l10n.t('{0} steps in {1}', steps, seconds(time));
}

export function editsLive(live: number): string {
  return live === 1 ? l10n.t('1 edit live') : l10n.t('{0} edits live', live);
}

/** Text of one token with its white space visible. */
export function visible(text: string): string {
  if (text === '') return l10n.t('(nothing)');
  return text.replaceAll(' ', '·').replaceAll('\n', '↵').replaceAll('\t', '⇥');
}

/** A prompt in one line. */
export function excerpt(prompt: Prompt): string {
  const text = prompt.kind === 'text' ? textOf(prompt, ' / ') : (prompt.messages.findLast(isUser)?.content ?? '');
  return text.replaceAll(/\s+/g, ' ').trim() || l10n.t('(empty prompt)');
}

/** A text, and the one that is judged with it. */
const textOf = (
  { text, pair }: { readonly text: string; readonly pair?: string | undefined },
  between: string,
): string => (pair === undefined ? text : `${text}${between}${pair}`);

const isUser = ({ role }: { readonly role: string }): boolean => role === 'user';

/** A prompt in full, as it is told to a person. */
export function whole(prompt: Prompt): string {
  if (prompt.kind === 'text') return textOf(prompt, '\n\n');
  const turns = prompt.messages.map(({ role, content }) => `${role}: ${content}`);
  return [...turns, ...(prompt.answer ? [`assistant: ${prompt.answer}`] : [])].join('\n\n');
}

/** What an edit did to the codebook. */
export function actionTaken(action: EditAction): string {
  switch (action) {
    case 'add':
      return l10n.t('A new entry was added to the codebook.');
    case 'expand':
      return l10n.t('An entry near by had the same answer: its radius now takes in this prompt.');
    case 'reuse':
      return l10n.t('An entry already gave this answer here: nothing had to change.');
    case 'split':
      return l10n.t('An entry near by had another answer: the two now share the space between them.');
    case 'update':
      return l10n.t('The entry of this very prompt had another answer: it was replaced.');
  }
}

/** What one key of an edit would do to the codebook. */
export function actionAhead(action: EditAction, entry: number | null): string {
  switch (action) {
    case 'add':
      return l10n.t('adds a new entry; no other entry is touched.');
    case 'expand':
      return l10n.t('widens entry {0}, which has the same answer.', entry ?? 0);
    case 'reuse':
      return l10n.t('is already answered so by entry {0}; nothing changes.', entry ?? 0);
    case 'split':
      return l10n.t('splits from entry {0}, which has another answer: its radius shrinks.', entry ?? 0);
    case 'update':
      return l10n.t('replaces the answer of entry {0}.', entry ?? 0);
  }
}

export function finishWords(finish: FinishReason): string {
  switch (finish) {
    case 'eos':
      return l10n.t('The model ended its answer.');
    case 'stop':
      return l10n.t('A stop string ended the answer.');
    case 'length':
      return l10n.t('Cut off at the token limit.');
    case 'context':
      return l10n.t('Cut off: the model’s context is full.');
    case 'cancelled':
      return l10n.t('Stopped.');
    case 'filled':
      return l10n.t('Every mask is filled.');
  }
}

export function policyWords(policy: ReplacementPolicy): string {
  switch (policy) {
    case 'replace_last':
      return l10n.t('Last token of the prompt');
    case 'replace_prompt':
      return l10n.t('Every token before the last');
    case 'replace_all':
      return l10n.t('Every token');
  }
}
