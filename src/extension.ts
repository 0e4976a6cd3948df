import type * as vscode from 'vscode';

import { registerDemoTerminal } from './host/demo-terminal.ts';

/** Composition root of the extension: registers what it offers, and starts nothing. */
export function activate(context: vscode.ExtensionContext): void {
  registerDemoTerminal(context);
}
