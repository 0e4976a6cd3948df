import * as vscode from 'vscode';

import type { PredictedRates } from '../../protocol/calibration.ts';
import type { RouterState } from '../../protocol/router-state.ts';

/** Who decides which edit fires, and why it is not the two-part router where that could be had. */
export function describeRouter({ inUse, calibrated, missing }: RouterState): string {
  if (inUse === 'two-part')
    return missing.length === 0 ? vscode.l10n.t('two-part router') : vscode.l10n.t('two-part router, not calibrated for chats'); // prettier-ignore
  if (missing.length > 0) return vscode.l10n.t('GRACE’s own router, not calibrated');
  return calibrated.length > 0
    ? vscode.l10n.t('GRACE’s own router, as its codebook was made')
    : vscode.l10n.t('GRACE’s own router');
}

/** What a strictness is expected to do, in a clause. */
export const describeRates = ({ reworded, otherQuestion }: PredictedRates): string =>
  vscode.l10n.t(
    '{0} of rewordings fire, {1} of other questions about the same subject do not',
    percent(reworded),
    percent(otherQuestion),
  );

const percent = (share: number): string => `${Math.round(100 * share)} %`;
