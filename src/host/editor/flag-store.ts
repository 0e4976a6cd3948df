import * as vscode from 'vscode';

import { rangeOf, spanOf } from './document-span.ts';
import { anchored, type Flag } from './flag.ts';
import { movedSpan } from './moving-span.ts';

const KEY = 'grace.flags';

/** The texts that are marked as wrong; they are listed in Problems, and kept over reloads as long as their text is there. */
export class FlagStore implements vscode.Disposable {
  readonly #memento: vscode.Memento;
  readonly #diagnostics = vscode.languages.createDiagnosticCollection('grace');
  readonly #subscriptions: readonly vscode.Disposable[];
  #flags: readonly Flag[];

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
    this.#flags = memento.get<readonly Flag[]>(KEY, []);
    this.#subscriptions = [
      vscode.workspace.onDidOpenTextDocument((document) => {
        this.#anchor(document);
      }),
      vscode.workspace.onDidChangeTextDocument((event) => {
        this.#follow(event);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        // An untitled document is gone when it is closed; a change of language closes and opens it.
        if (document.isUntitled && document.isClosed) this.#replace(document, () => null);
      }),
    ];
    for (const document of vscode.workspace.textDocuments) this.#anchor(document);
    for (const uri of new Set(this.#flags.map((flag) => flag.uri))) this.#show(uri);
  }

  /** Marks a text of an open document; a flag on the same range is replaced. */
  flag(uri: vscode.Uri, range: vscode.Range, message = vscode.l10n.t('The model got this wrong.')): void {
    const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
    if (!document || range.isEmpty) return;
    const span = spanOf(document, range);
    const flag = placed(document, { uri: uri.toString(), text: document.getText(range), message }, span);
    const others = this.#flags.filter((other) => !isSame(other, flag));
    this.#set([...others, flag], flag.uri);
  }

  /** The flags of a document, the first in the text first. */
  of(uri: vscode.Uri): readonly Flag[] {
    return this.#flags.filter((flag) => flag.uri === uri.toString()).toSorted((a, b) => a.start - b.start);
  }

  /** All flags, of all documents. */
  all(): readonly Flag[] {
    return this.#flags;
  }

  dismiss(flag: Flag): void {
    const others = this.#flags.filter((other) => !isSame(other, flag));
    this.#set(others, flag.uri);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#diagnostics.dispose();
  }

  /** Finds the flags of a document again, which may have been changed while nobody watched. */
  #anchor(document: vscode.TextDocument): void {
    const text = document.getText();
    this.#replace(document, (flag) => {
      const span = anchored(flag, text);
      return span && placed(document, flag, span);
    });
  }

  #follow({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0) return;
    this.#replace(document, (flag) => {
      const span = movedSpan(flag, contentChanges) ?? anchored(flag, document.getText());
      return span && placed(document, flag, span);
    });
  }

  #replace(document: vscode.TextDocument, update: (flag: Flag) => Flag | null): void {
    const uri = document.uri.toString();
    if (!this.#flags.some((flag) => flag.uri === uri)) return;
    const flags = this.#flags.flatMap((flag) => (flag.uri === uri ? (update(flag) ?? []) : flag));
    this.#set(flags, uri);
  }

  #set(flags: readonly Flag[], changed: string): void {
    this.#flags = flags;
    void this.#memento.update(KEY, flags);
    this.#show(changed);
  }

  #show(uri: string): void {
    const diagnostics = this.#flags.filter((flag) => flag.uri === uri).map(diagnosticOf);
    this.#diagnostics.set(vscode.Uri.parse(uri), diagnostics);
  }
}

/** The range that a flag was seen at last. */
export const flagRange = ({ range }: Flag): vscode.Range => new vscode.Range(...range);

function placed(
  document: vscode.TextDocument,
  { uri, text, message }: Pick<Flag, 'uri' | 'text' | 'message'>,
  { start, end }: { readonly start: number; readonly end: number },
): Flag {
  const range = rangeOf(document, { start, end });
  const lines = [range.start.line, range.start.character, range.end.line, range.end.character] as const;
  return { uri, text, message, start, end, range: lines };
}

function diagnosticOf(flag: Flag): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(flagRange(flag), flag.message, vscode.DiagnosticSeverity.Warning);
  diagnostic.source = 'GRACE';
  return diagnostic;
}

const isSame = (a: Flag, b: Flag): boolean => a.uri === b.uri && a.start === b.start && a.end === b.end;
