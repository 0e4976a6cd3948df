import path from 'node:path';
import * as vscode from 'vscode';

/** Runs the demo of the command line in a terminal, with the Node that the extension host itself runs on. */
export function registerDemoTerminal(context: vscode.ExtensionContext): void {
  const show = (): void => {
    const terminal = vscode.window.createTerminal({
      name: vscode.l10n.t('GRACE demo'),
      shellPath: process.execPath,
      shellArgs: [context.asAbsolutePath(path.join('bin', 'grace.mjs')), 'demo'],
      // On the desktop the extension host is Electron, which is Node only when it is told to be.
      env: { ELECTRON_RUN_AS_NODE: '1' },
    });
    terminal.show();
  };
  context.subscriptions.push(vscode.commands.registerCommand('grace.demo', show));
}
