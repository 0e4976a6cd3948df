import * as vscode from 'vscode';

import type { CalibrationProgress, CalibrationResult } from '../../protocol/calibration.ts';
import type { OpenParams } from '../../protocol/engine-api.ts';
import { duringCancellable } from '../codebook/long-work.ts';
import type { Session } from '../session.ts';

/**
 * Calibrates the two-part router for a model, with progress and a way to call it off; what is complete is kept then.
 *
 * @param name the model's, for people
 * @param params a model that is not open; the open one when absent
 */
export function calibrateRouter(
  session: Pick<Session, 'calibrate'>,
  name: string,
  again: boolean,
  params?: OpenParams,
): Thenable<CalibrationResult> {
  const title = vscode.l10n.t('Calibrating the router for {0}, once for this model', name);
  return duringCancellable(title, (signal, report) => {
    let clock = { kind: '', since: 0, percent: -1 };
    const onProgress = ({ kind, done, of }: CalibrationProgress): void => {
      if (clock.kind !== kind) clock = { kind, since: Date.now(), percent: -1 };
      const percent = Math.floor((100 * done) / of);
      // There are thousands of prompts; a notification need not know of each.
      if (percent === clock.percent) return;
      clock.percent = percent;
      const left = (Date.now() - clock.since) * (of / Math.max(1, done) - 1);
      report(describe(kind, percent, left), done, of);
    };
    return session.calibrate(again, { signal, onProgress }, params);
  });
}

function describe(kind: CalibrationProgress['kind'], percent: number, milliseconds: number): string {
  const what = kind === 'chat' ? vscode.l10n.t('in its chat template') : vscode.l10n.t('plain text');
  if (percent < 3) return vscode.l10n.t('{0}: {1} %', what, percent);
  return vscode.l10n.t('{0}: {1} %, about {2} s left', what, percent, Math.ceil(milliseconds / 1000));
}
