import { hostname } from 'node:os';
import * as vscode from 'vscode';

/** The machine that the engine runs on, as people name it: the extension runs where the files are. */
export function machineName(): string {
  const { remoteName } = vscode.env;
  return remoteName ? `${hostname()} (${remoteName})` : vscode.l10n.t('this machine');
}
