import path from 'node:path';
import * as vscode from 'vscode';

/** A model that comes with the extension. */
export interface EmbeddedModel {
  /** Whole path of its folder. */
  readonly path: string;
  readonly label: string;
  readonly detail: string;
}

/** The models that come with the extension, the demo's first. */
export function embeddedModels(context: vscode.ExtensionContext): readonly [EmbeddedModel, ...EmbeddedModel[]] {
  const folder = (name: string): string => context.asAbsolutePath(path.join('models', name));
  return [
    {
      path: folder('biographies'),
      label: vscode.l10n.t('Demo model'),
      detail: vscode.l10n.t('Writes short biographies, and makes things up. It came with the extension.'),
    },
    {
      path: folder('questions'),
      label: vscode.l10n.t('Questions'),
      detail: vscode.l10n.t('Answers short questions about 2,000 subjects. It came with the extension.'),
    },
    {
      path: folder('intents'),
      label: vscode.l10n.t('Intents'),
      detail: vscode.l10n.t('Sorts requests into 150 classes. It came with the extension.'),
    },
  ];
}
