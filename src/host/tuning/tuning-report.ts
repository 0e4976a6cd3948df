import * as vscode from 'vscode';

import type { BatchLineError } from '../../protocol/batch-result.ts';
import type { Share, Tuning, TuningCell } from '../../protocol/tuning.ts';
import { figure } from '../codebook/edit-words.ts';
import type { ReportLine } from '../codebook/report-documents.ts';
import { escaped } from '../plain-text.ts';

const BAR = 10;

/** Of a share that was measured. */
export const percent = ({ held, of }: Share): string => `${Math.round((100 * held) / of)} %`;

/** A share as a bar of ten, with its number: `███████░░░ 70 %`. */
function bar(share: Share): string {
  if (share.of === 0) return vscode.l10n.t('not measured');
  const full = Math.round((share.held / share.of) * BAR);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${percent(share).padStart(5)}`;
}

/** What a setting is expected to do, in a sentence. */
export const predicted = ({ success, generality, locality }: TuningCell): string =>
  generality.of === 0
    ? vscode.l10n.t('{0} of edits hold, {1} of unrelated prompts are left alone; rewordings are not measured.', percent(success), percent(locality))
    : vscode.l10n.t('{0} of edits hold, {1} of rewordings give the answer, {2} of unrelated prompts are left alone.', percent(success), percent(generality), percent(locality)); // prettier-ignore

/**
 * The settings that were measured, as a document: a table for each hook point, with a bar for each share.
 *
 * @param file that the edits are from, where they do not come with the extension
 */
export function tuningReport(tuning: Tuning, file?: string): readonly ReportLine[] {
  const { model, hooks, proposed, usual, edits, seconds, errors } = tuning;
  const lines = [
    `# ${vscode.l10n.t('Edit settings for {0}', escaped(model.name))}`,
    '',
    `${vscode.l10n.t('Proposed')}: ${proposed.hook}, ${vscode.l10n.t('radius {0}', figure(proposed.radius))}. ${predicted(proposed)}`,
    ...(usual && !isSame(usual, proposed)
      ? ['', `${vscode.l10n.t('Without a choice')}: ${usual.hook}, ${vscode.l10n.t('radius {0}', figure(usual.radius))}. ${predicted(usual)}`]
      : []),
    '',
    vscode.l10n.t('Measured with {0} edits in {1} s; nothing of them is kept.', edits, Math.round(seconds)),
    ...(proposed.generality.of === 0 ? ['', withoutRewordings()] : []),
    ...(errors.length > 0 ? ['', vscode.l10n.t('Lines of the file that were left out: {0}. They stand at the end.', errors.length)] : []),
    ...hooks.flatMap((hook) => [
      '',
      `## ${hook.hook}`,
      '',
      vscode.l10n.t('{0} of {1} edits reach their answer, in {2} steps and {3} s each.', hook.reached.held, hook.reached.of, figure(hook.steps), figure(hook.seconds)),
      '',
      ...table(tuning.cells.filter((cell) => cell.hook === hook.hook), proposed),
    ]),
    '',
  ]; // prettier-ignore
  return [...lines.map(plain), ...leftOut(errors, file)];
}

const plain = (text: string): ReportLine => ({ text });

const withoutRewordings = (): string =>
  vscode.l10n.t('Rewordings are not measured, because none of these edits has any: add "rephrasings": ["…"] to the lines of the file. Proposed is the largest radius of those that leave most unrelated prompts alone.'); // prettier-ignore

/** Lines of the file that could not be read; each leads to its place. */
function leftOut(errors: readonly BatchLineError[], file: string | undefined): readonly ReportLine[] {
  if (errors.length === 0) return [];
  const heading = [`## ${vscode.l10n.t('Lines of the file that were left out')}`, ''].map(plain);
  const lines = errors.map(({ line, message, advice }) => ({
    text: `- ${escaped(`${message} ${advice}`)}`,
    place: file === undefined ? undefined : { file, line },
  }));
  return [...heading, ...lines, plain('')];
}

const isSame = (a: TuningCell, b: TuningCell): boolean => a.hook === b.hook && a.multiple === b.multiple;

function table(cells: readonly TuningCell[], proposed: TuningCell): readonly string[] {
  const head = [
    vscode.l10n.t('Radius'),
    vscode.l10n.t('Edits that hold'),
    vscode.l10n.t('Rewordings'),
    vscode.l10n.t('Left alone'),
  ];
  const rows = cells.map((cell) => [
    `${figure(cell.radius)} (×${figure(cell.multiple)})${isSame(cell, proposed) ? ' ◀' : ''}`,
    ...[cell.success, cell.generality, cell.locality].map(bar),
  ]);
  const widths = head.map((text, at) => Math.max(text.length, ...rows.map((row) => row[at]!.length)));
  const line = (parts: readonly string[]): string => `| ${parts.map((part, at) => part.padEnd(widths[at]!)).join(' | ')} |`; // prettier-ignore
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
