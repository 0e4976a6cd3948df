import * as vscode from 'vscode';

import { brief, withoutIcons } from '../plain-text.ts';
import { rangeOf } from './document-span.ts';
import type { Reach, ReachKind } from './transcript/reach.ts';

interface ReachItem extends vscode.QuickPickItem {
  readonly reach: Reach;
}

/** Asks how far back the prompt goes; what would be taken is marked in the document while the choice moves. */
export class ReachPicker implements vscode.Disposable {
  readonly #mark = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.findMatchHighlightBackground'),
    border: '1px dashed',
    borderColor: new vscode.ThemeColor('focusBorder'),
    overviewRulerColor: new vscode.ThemeColor('focusBorder'),
  });

  /** Undefined when the person turns away. */
  async pick(editor: vscode.TextEditor, reaches: readonly Reach[], end: number): Promise<Reach | undefined> {
    if (reaches.length === 1) return reaches[0];
    const quickPick = vscode.window.createQuickPick<ReachItem>();
    quickPick.title = vscode.l10n.t('What was the model asked?');
    quickPick.placeholder = vscode.l10n.t('How far back the prompt reaches');
    quickPick.items = reaches.map((reach) => itemOf(editor.document, reach, end));
    quickPick.onDidChangeActive(([item]) => {
      if (item) this.#show(editor, item.reach, end);
    });
    try {
      return await chosen(quickPick);
    } finally {
      editor.setDecorations(this.#mark, []);
      quickPick.dispose();
    }
  }

  dispose(): void {
    this.#mark.dispose();
  }

  #show(editor: vscode.TextEditor, { start }: Reach, end: number): void {
    const range = rangeOf(editor.document, { start, end });
    editor.setDecorations(this.#mark, [range]);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }
}

function chosen(quickPick: vscode.QuickPick<ReachItem>): Promise<Reach | undefined> {
  return new Promise((resolve) => {
    quickPick.onDidAccept(() => {
      resolve(quickPick.activeItems[0]?.reach);
    });
    quickPick.onDidHide(() => {
      resolve(undefined);
    });
    quickPick.show();
  });
}

function itemOf(document: vscode.TextDocument, reach: Reach, end: number): ReachItem {
  const text = document.getText(rangeOf(document, { start: reach.start, end }));
  return { reach, label: labelOf(reach.kind), detail: withoutIcons(brief(text, 100)) };
}

function labelOf(kind: ReachKind): string {
  switch (kind) {
    case 'line':
      return vscode.l10n.t('This line');
    case 'paragraph':
      return vscode.l10n.t('This paragraph');
    case 'block':
      return vscode.l10n.t('This paragraph and the one before');
    case 'document':
      return vscode.l10n.t('Everything before it');
  }
}
