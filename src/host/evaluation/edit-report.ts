import * as vscode from 'vscode';

import type { StreamedEdit } from '../../protocol/evaluation-api.ts';
import type { MethodName } from '../../protocol/evaluation.ts';
import { editText } from '../codebook/edit-documents.ts';
import { termsFor } from '../codebook/edit-terms.ts';
import { figure } from '../codebook/edit-words.ts';
import type { ReportLine } from '../codebook/report-documents.ts';
import { escaped, fenced } from '../plain-text.ts';

/** Runs are decided by GRACE's own router. */
const EVALUATED = { router: 'grace' } as const;

/** An edit of a run in full, as a document: what was asked, what came out, and, of GRACE, what its codebook says of it. */
export function editReport(
  method: MethodName,
  run: string,
  { architecture, line, details }: StreamedEdit,
): readonly ReportLine[] {
  const terms = termsFor(architecture);
  const { row, prompt, target, output, exact, steps, seconds, decision } = line;
  const facts = [
    exact ? vscode.l10n.t('It held right after it was made.') : vscode.l10n.t('It did not hold right after it was made.'),
    vscode.l10n.t('{0} steps', steps),
    ...(seconds === null ? [] : [vscode.l10n.t('{0} s', figure(seconds))]),
    ...(decision?.fired
      ? [vscode.l10n.t('Entry {0} fires, at distance {1} within radius {2}.', decision.entry!, figure(decision.distance!), figure(decision.radius!))]
      : []),
  ]; // prettier-ignore
  const text = [
    `# ${vscode.l10n.t('Edit {0} by {1} in {2}', row + 1, method, escaped(run))}`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    ...(details
      ? [editText(details, details.state, terms, EVALUATED).replace(/^# /, '## ').replaceAll(/\n## /g, '\n### ')]
      : [
          `## ${terms.prompt}`,
          fenced(prompt),
          `## ${terms.answer}`,
          fenced(target),
          `## ${vscode.l10n.t('What it said afterwards')}`,
          fenced(output),
        ]),
    '',
  ].join('\n\n');
  return [{ text }];
}
