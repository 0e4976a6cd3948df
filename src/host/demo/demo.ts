import * as vscode from 'vscode';

import type { FlagStore } from '../editor/flag-store.ts';
import type { ModelOpener } from '../model/model-opener.ts';
import type { Session } from '../session.ts';

/** How the sentence begins and ends that is marked as wrong in media/demo/transcript.md. */
const WRONG = /(?<=\*\*Model:\*\* )Amy Klobuchar \(born .*? since 2025\./;

/** The demo: the model that came with the extension, and a transcript of it in which one sentence is marked as wrong. */
export class Demo {
  readonly #transcript: vscode.Uri;
  readonly #session: Session;
  readonly #opener: ModelOpener;
  readonly #flags: FlagStore;

  constructor(context: vscode.ExtensionContext, session: Session, opener: ModelOpener, flags: FlagStore) {
    this.#transcript = vscode.Uri.joinPath(context.extensionUri, 'media', 'demo', 'transcript.md');
    this.#session = session;
    this.#opener = opener;
    this.#flags = flags;
  }

  async run(): Promise<void> {
    await Promise.all([this.openModel(), this.#showPlaces()]);
  }

  /** The codebook is what the demo fills; the keyboard then goes to the transcript. */
  async #showPlaces(): Promise<void> {
    await vscode.commands.executeCommand('grace.codebook.focus');
    await this.#showTranscript();
  }

  /** Opens the demo's model, unless it is open. */
  async openModel(): Promise<void> {
    if (this.#session.model?.model === this.#opener.demo) return;
    await this.#opener.open(this.#session, this.#opener.demo);
  }

  /**
   * An untitled document: it can be edited without touching the extension's files, and a workspace that is not trusted asks
   * nothing about it.
   */
  async #showTranscript(): Promise<void> {
    const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(this.#transcript));
    const open = vscode.workspace.textDocuments.find(
      (document) => document.isUntitled && document.getText().startsWith(content.slice(0, content.indexOf('\n'))),
    );
    const document = open ?? (await vscode.workspace.openTextDocument({ language: 'markdown', content }));
    // One that VS Code brought back after a reload has lost its language.
    if (document.languageId !== 'markdown') await vscode.languages.setTextDocumentLanguage(document, 'markdown');
    const editor = await vscode.window.showTextDocument(document);
    const match = WRONG.exec(document.getText());
    if (!match) return;
    const begin = document.positionAt(match.index);
    const range = new vscode.Range(begin, document.positionAt(match.index + match[0].length));
    const isFlagged = this.#flags.of(document.uri).length > 0;
    if (!isFlagged) this.#flags.flag(document.uri, range, vscode.l10n.t('The model made this up.'));
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    editor.selection = new vscode.Selection(range.start, range.end);
  }
}
