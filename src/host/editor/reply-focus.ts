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

/**
 * Puts the keyboard back into a document whose reply field it has. It is for when a reply is sent, not for when its field goes
 * away: by then the person may be elsewhere, and VS Code does not tell.
 */
export async function leaveReply(document: vscode.TextDocument): Promise<void> {
  const editor = vscode.window.visibleTextEditors.find((visible) => visible.document === document);
  if (editor) await vscode.window.showTextDocument(document, editor.viewColumn);
}

const drawn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, DRAWN_AFTER));
