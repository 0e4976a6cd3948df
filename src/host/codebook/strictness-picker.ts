import * as vscode from 'vscode';

import type { CalibrationResult } from '../../protocol/calibration.ts';
import type { EditItem } from '../../protocol/codebook-snapshot.ts';
import {
  HIGHEST_SCORE,
  radiusOf,
  STRICTNESS,
  STRICTNESSES,
  strictnessOf,
  thresholdOf,
} from '../../protocol/two-part.ts';
import { describeRates } from '../calibration/router-words.ts';
import { strictnessName } from './reach-words.ts';

interface Choice extends vscode.QuickPickItem {
  /** Null: a score of one's own. */
  readonly radius: number | null;
}

/**
 * Asks how strict an edit is to be; undefined when the person chooses nothing.
 *
 * @param calibrated what the settings are expected to do, as far as that is known
 * @returns the radius
 */
export async function askStrictness(
  { edit, radius }: Pick<EditItem, 'edit' | 'radius'>,
  calibrated: CalibrationResult['kinds'],
): Promise<number | undefined> {
  const now = strictnessOf(radius);
  const rates = calibrated[0]?.rates;
  const choices: readonly Choice[] = [
    ...STRICTNESSES.map((name) => ({
      label: strictnessName(name),
      description: vscode.l10n.t('from score {0} on', STRICTNESS[name].toFixed(2)) + (name === now ? `, ${vscode.l10n.t('as it is now')}` : ''), // prettier-ignore
      ...(rates ? { detail: describeRates(rates[name]) } : {}),
      radius: radiusOf(STRICTNESS[name]),
    })),
    { label: vscode.l10n.t('A score of your own…'), radius: null },
  ];
  const chosen = await vscode.window.showQuickPick(choices, {
    title: vscode.l10n.t('Strictness of edit {0}', edit),
    placeHolder: vscode.l10n.t('How much must a prompt ask the same to fire it?'),
  });
  return chosen?.radius === null ? askScore(edit, thresholdOf(radius)) : chosen?.radius;
}

async function askScore(edit: number, threshold: number): Promise<number | undefined> {
  const given = await vscode.window.showInputBox({
    title: vscode.l10n.t('Score from which edit {0} fires', edit),
    prompt: vscode.l10n.t('From 0, nearly everything about the subject, to 1.2, the prompt alone.'),
    value: threshold.toFixed(2),
    validateInput: (text) => (isScore(text) ? undefined : vscode.l10n.t('Give a number from 0 to 1.2, such as {0}.', 0.4)), // prettier-ignore
  });
  return given === undefined ? undefined : Math.max(0, radiusOf(Number(given)));
}

function isScore(text: string): boolean {
  const score = text.trim() === '' ? NaN : Number(text);
  return score >= 0 && score <= HIGHEST_SCORE;
}
