import * as vscode from 'vscode';

/** Milliseconds after which VS Code has drawn a new comment thread; there is no event for it. */
const DRAWN_AFTER = 300;

/**
 * Puts the keyboard into the reply field of a comment thread that was made just now. VS Code has no call for it; these two
 * commands, made for keyboards, go first to the comments on the cursor's line and from there to the field below them.
 */
export async function focusReply(editor: vscode.TextEditor, range: vscode.Range): Promise<void> {
  editor.selection = new vscode.Selection(range.end, range.end);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  await new Promise((resolve) => setTimeout(resolve, DRAWN_AFTER));
  if (vscode.window.activeTextEditor !== editor) return;
  await vscode.commands.executeCommand('workbench.action.focusCommentOnCurrentLine');
  await vscode.commands.executeCommand('widgetNavigation.focusNext');
}
