import * as vscode from 'vscode';

import type { CodebookHead } from '../../protocol/codebook-snapshot.ts';
import type { Strictness } from '../../protocol/calibration.ts';
import { strictnessOf, thresholdOf } from '../../protocol/two-part.ts';
import { figure } from './edit-words.ts';

/** What a strictness is called. */
export function strictnessName(strictness: Strictness): string {
  switch (strictness) {
    case 'strict':
      return vscode.l10n.t('strict');
    case 'balanced':
      return vscode.l10n.t('balanced');
    case 'loose':
      return vscode.l10n.t('loose');
  }
}

export const isTwoPart = (head: Pick<CodebookHead, 'router'> | null): boolean => head?.router === 'two-part';

/** How far an edit reaches, in its router's own measure: `radius 2.5`, or `strict, from score 0.48 on`. */
export function describeReach(head: Pick<CodebookHead, 'router'> | null, radius: number): string {
  if (!isTwoPart(head)) return vscode.l10n.t('radius {0}', figure(radius));
  const named = strictnessOf(radius);
  const score = thresholdOf(radius).toFixed(2);
  return named
    ? vscode.l10n.t('{0}, from score {1} on', strictnessName(named), score)
    : vscode.l10n.t('from score {0} on', score);
}

/** What was learned: one vector, or a track with one for each token of the answer. */
export const describeValue = (rows: number): string =>
  rows === 1 ? vscode.l10n.t('one vector') : vscode.l10n.t('a track of {0} vectors', rows);

/** Who decides in a codebook. */
export const describeCodebookRouter = (head: Pick<CodebookHead, 'router'> | null): string =>
  isTwoPart(head)
    ? vscode.l10n.t('The two-part router decides, by who a prompt is about and what it asks.')
    : vscode.l10n.t('GRACE’s own router decides, by how near a prompt is.');

export const describePrompts = (prompts: number): string =>
  prompts === 1 ? vscode.l10n.t('1 prompt') : vscode.l10n.t('{0} prompts', prompts);
