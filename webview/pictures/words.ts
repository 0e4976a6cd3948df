import * as l10n from '@vscode/l10n';

import type { MethodName } from '../../src/protocol/evaluation.ts';
import type { PointEdit } from './figure.ts';

/** Methods as people call them. */
export const nameOf = (method: MethodName): string =>
  ({
    none: l10n.t('No edit'),
    ft: 'FT',
    'ft-ewc': 'FT + EWC',
    'ft-retrain': l10n.t('FT + retrain'),
    defer: l10n.t('Defer'),
    memory: l10n.t('Memory'),
    'in-context': l10n.t('In context'),
    grace: 'GRACE',
    'grace-two-part': l10n.t('GRACE, two-part'),
  })[method];

/** What a link to an edit does; with its run where several are drawn. */
export function openWords({ run, method, row }: PointEdit, isCompared: boolean): string {
  return isCompared
    ? l10n.t('Open edit {0} by {1}, run {2}', row + 1, nameOf(method), run + 1)
    : l10n.t('Open edit {0} by {1}', row + 1, nameOf(method));
}
