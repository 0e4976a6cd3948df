import * as vscode from 'vscode';

/** Milliseconds after which VS Code has drawn a comment thread that was made or changed; there is no event for it. */
const DRAWN_AFTER = 300;

/**
 * Puts the keyboard into the reply field of a comment thread that was made just now. VS Code has no call for it; these two
 * commands, made for keyboards, go first to the comments on the cursor's line and from there to the field below them.
 */
export async function focusReply(editor: vscode.TextEditor, range: vscode.Range): Promise<void> {
  editor.selection = new vscode.Selection(range.end, range.end);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  await drawn();
  if (vscode.window.activeTextEditor !== editor) return;
  await vscode.commands.executeCommand('workbench.action.focusCommentOnCurrentLine');
  await vscode.commands.executeCommand('widgetNavigation.focusNext');
}

/** Puts the keyboard into a document when the reply field that had it is gone, unless the person is elsewhere by then. */
export async function leaveReply(document: vscode.TextDocument): Promise<void> {
  await drawn();
  const active = vscode.window.activeTextEditor?.document;
  const editor = vscode.window.visibleTextEditors.find((visible) => visible.document === document);
  // A reply field is an editor too, with an address of its own kind; VS Code names it even when it is hidden already.
  if (!editor || (active !== document && active?.uri.scheme !== 'comment')) return;
  await vscode.window.showTextDocument(document, editor.viewColumn);
}

const drawn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, DRAWN_AFTER));
