import * as vscode from 'vscode';

/** A line of a report; one with a place leads there when it is clicked. */
export interface ReportLine {
  readonly text: string;
  readonly place?: { readonly file: string; readonly line: number } | undefined;
}

const SCHEME = 'grace-report';
/** Reports stay for as long as their tabs may be there; of very many, the first are forgotten. */
const MOST_REPORTS = 50;

/** Reports of long commands, as documents that cannot be changed. */
export class ReportDocuments
  implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.Disposable
{
  readonly #reports = new Map<string, readonly ReportLine[]>();
  readonly #subscriptions: readonly vscode.Disposable[];
  #made = 0;

  constructor() {
    this.#subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.languages.registerDocumentLinkProvider({ scheme: SCHEME }, this),
    ];
  }

  /** Opens a report beside what it is about. */
  async show(title: string, lines: readonly ReportLine[]): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${++this.#made}/${title}.md` });
    this.#reports.set(uri.toString(), lines.flatMap(oneEach));
    if (this.#reports.size > MOST_REPORTS) this.#reports.delete(this.#reports.keys().next().value!);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const lines = this.#reports.get(uri.toString());
    return lines ? lines.map(({ text }) => text).join('\n') : vscode.l10n.t('This report is not there any more.');
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    const lines = this.#reports.get(document.uri.toString()) ?? [];
    return lines.flatMap(({ text, place }, at) => {
      if (!place) return [];
      const target = vscode.Uri.file(place.file).with({ fragment: `L${place.line}` });
      const link = new vscode.DocumentLink(new vscode.Range(at, 0, at, text.length), target);
      link.tooltip = vscode.l10n.t('Open line {0}', place.line);
      return [link];
    });
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

/** Lines of the report and of the document are the same, so that links find theirs. */
const oneEach = ({ text, place }: ReportLine): readonly ReportLine[] =>
  text.split(/\r\n|\r|\n/).map((line) => ({ text: line, place }));
