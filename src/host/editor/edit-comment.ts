import * as vscode from 'vscode';

import type { ClassChange, Classification, ClassProbability } from '../../protocol/classification.ts';
import type { EditResult } from '../../protocol/edit-result.ts';
import { describeDecision, percent, promptText } from '../codebook/edit-words.ts';
import { prose } from '../plain-text.ts';
import type { SelectedOutput } from './transcript/selected-output.ts';

/** The most that is shown of a text in a comment. */
const LONGEST = 600;
const SHOWN_LABELS = 3;

/** What the comment box says before anything is done: what was asked, and what the model said. */
export function questionComments(
  { prompt, question, lead, wrong }: SelectedOutput,
  said: Classification | null = null,
): readonly vscode.Comment[] {
  if (said) {
    return [
      comment(vscode.l10n.t('Text'), prose(lastPart(promptText(question)))),
      ...(wrong === '' ? [] : [comment(vscode.l10n.t('Its label here'), prose(firstPart(wrong)))]),
      comment(vscode.l10n.t('The model says'), `${likely(said.classes)}\n\n${prose(describeDecision(said.decision))}`),
    ];
  }
  return [
    comment(vscode.l10n.t('Prompt'), prose(lastPart(promptText(prompt) + (lead === '' ? '' : ` ${lead}`)))),
    comment(vscode.l10n.t('The model said'), prose(firstPart(wrong))),
  ];
}

/** What was tried, when it did not come to an end. */
export function attemptComment(target: string, what: string): vscode.Comment {
  return comment(vscode.l10n.t('It should say'), `${prose(firstPart(target))}\n\n${what}`);
}

/** What the edit has done. */
export function resultComment(
  { edit, before, after, steps, probes, seconds }: EditResult,
  classes?: ClassChange,
): vscode.Comment {
  const facts = vscode.l10n.t('{0} steps, {1} s. {2}', steps, seconds.toFixed(1), describeProbes(probes));
  const body = [
    `**${vscode.l10n.t('Before')}**`,
    classes ? likely(classes.before) : prose(firstPart(before)),
    `**${vscode.l10n.t('After')}**`,
    classes ? likely(classes.after) : prose(firstPart(after)),
    facts,
  ];
  return comment(vscode.l10n.t('Edit {0}', edit), body.join('\n\n'));
}

/** The most likely labels, a line each. */
const likely = (classes: readonly ClassProbability[]): string =>
  prose(classes.slice(0, SHOWN_LABELS).map(({ label, logprob }) => `${label} ${percent(logprob)}`).join('\n')); // prettier-ignore

/** How many of the probes answer as before. */
export function describeProbes(probes: EditResult['probes']): string {
  if (probes.length === 0) return vscode.l10n.t('No probes.');
  const unchanged = probes.filter((probe) => probe.unchanged).length;
  return vscode.l10n.t('Probes: {0} of {1} unchanged.', unchanged, probes.length);
}

function comment(author: string, markdown: string): vscode.Comment {
  return {
    author: { name: author },
    // Not trusted, and without HTML: what stands in it comes from a model.
    body: new vscode.MarkdownString(markdown),
    mode: vscode.CommentMode.Preview,
  };
}

function firstPart(text: string): string {
  const said = text.trim();
  return said.length <= LONGEST ? said : `${said.slice(0, LONGEST)}…`;
}

const lastPart = (text: string): string => (text.length <= LONGEST ? text : `…${text.slice(-LONGEST)}`);
