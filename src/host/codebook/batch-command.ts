import path from 'node:path';
import * as vscode from 'vscode';

import type { BatchResult } from '../../protocol/batch-result.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { Notifier } from '../notify.ts';
import { escaped } from '../plain-text.ts';
import type { Session } from '../session.ts';
import { fileOf, startFolder } from './exchange-commands.ts';
import { duringCancellable } from './long-work.ts';
import type { PendingReverts } from './pending-reverts.ts';
import type { ReportDocuments, ReportLine } from './report-documents.ts';

export interface BatchCommandParts {
  readonly session: Session;
  readonly reverts: PendingReverts;
  readonly reports: ReportDocuments;
  readonly notifier: Notifier;
}

/** Edits from a JSONL file, one a line; at the end a report says what came of each line that did not go well. */
export class BatchCommand implements vscode.Disposable {
  readonly #parts: BatchCommandParts;
  readonly #subscription: vscode.Disposable;

  constructor(parts: BatchCommandParts) {
    this.#parts = parts;
    this.#subscription = parts.notifier.command('grace.batch', () => this.#run());
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #run(): Promise<void> {
    const { session, reverts, reports, notifier } = this.#parts;
    const file = await askLines();
    await session.requireModel();
    await reverts.settle();
    const title = vscode.l10n.t('Editing from {0}', path.basename(file));
    const { result } = await duringCancellable(title, (signal, report) =>
      session.batch(file, {
        signal,
        onProgress: ({ done, of }) => { report(vscode.l10n.t('{0} of {1}', done, of), done, of); }, // prettier-ignore
      }),
    );
    await reports.show(vscode.l10n.t('Batch'), reportOf(result, file));
    const summary = vscode.l10n.t('{0} edits made, {1} errors, {2} lines left.', result.made, result.errors.length, result.left); // prettier-ignore
    if (result.errors.length + result.left + result.missed.length === 0) await notifier.done(summary);
    else await notifier.warn(summary);
  }
}

async function askLines(): Promise<string> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Edit from JSONL'),
    filters: { JSONL: ['jsonl', 'ndjson'] },
    defaultUri: vscode.Uri.file(startFolder()),
  });
  if (!chosen?.[0]) throw new CodedError('cancelled', vscode.l10n.t('No file was chosen.'));
  return fileOf(chosen[0]);
}

function reportOf(result: BatchResult, file: string): readonly ReportLine[] {
  const { lines, made, skipped, left, missed, errors, steps, seconds } = result;
  const counts = [
    vscode.l10n.t('Lines: {0}', lines),
    vscode.l10n.t('Edits made: {0}', made),
    vscode.l10n.t('Made by an earlier run: {0}', skipped),
    vscode.l10n.t('Errors: {0}', errors.length),
    vscode.l10n.t('Edits that missed their answer: {0}', missed.length),
    vscode.l10n.t('Not tried: {0}', left),
    vscode.l10n.t('{0} steps in {1} s', steps, Math.round(seconds)),
  ];
  const at = (line: number, text: string): ReportLine => ({ text, place: { file, line } });
  const goOn =
    left > 0 ? [vscode.l10n.t('Run the same file again to go on: lines that are done are left out.'), ''] : [];
  return [
    ...[`# ${escaped(path.basename(file))}`, '', ...counts.map((count) => `- ${count}`), '', ...goOn].map(plain),
    ...heading(vscode.l10n.t('Errors'), errors.length),
    ...errors.map(({ line, message, advice }) => at(line, lineText(line, `${message} ${advice}`))),
    ...heading(vscode.l10n.t('Edits that missed their answer'), missed.length),
    ...missed.map(({ line, edit }) => at(line, lineText(line, vscode.l10n.t('edit {0}', edit)))),
  ];
}

const plain = (text: string): ReportLine => ({ text });
const heading = (text: string, count: number): readonly ReportLine[] => count === 0 ? [] : ['', `## ${text}`, ''].map(plain); // prettier-ignore
const lineText = (line: number, text: string): string => `- ${vscode.l10n.t('Line {0}', line)}: ${escaped(text)}`;
