import * as vscode from 'vscode';

/** What is asked and what is answered are called in the edits of a model. */
export interface EditTerms {
  readonly prompt: string;
  readonly answer: string;
  /** Whether an answer is a name, which is said in a word. */
  readonly isLabel: boolean;
}

/** The terms for a model of an architecture, as the codebook names it: it can be open without its model. */
export function termsFor(architecture: string): EditTerms {
  if (architecture.endsWith('ForSequenceClassification'))
    return { prompt: vscode.l10n.t('Text'), answer: vscode.l10n.t('Label'), isLabel: true };
  if (architecture.endsWith('ForMaskedLM'))
    return { prompt: vscode.l10n.t('Text'), answer: vscode.l10n.t('Words at the masks'), isLabel: false };
  return { prompt: vscode.l10n.t('Prompt'), answer: vscode.l10n.t('Answer'), isLabel: false };
}
