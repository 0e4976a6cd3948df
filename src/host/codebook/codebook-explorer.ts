import type * as vscode from 'vscode';

import type { Prompt } from '../../protocol/prompt.ts';
import type { FireCounts } from '../fire-counts.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import { TuneCommand } from '../tuning/tune-command.ts';
import { BatchCommand } from './batch-command.ts';
import { CodebookChoice } from './codebook-choice.ts';
import { CodebookCommands } from './codebook-commands.ts';
import type { CodebookLocator } from './codebook-locator.ts';
import { CodebookTree } from './codebook-tree.ts';
import { CodebookView } from './codebook-view.ts';
import { CodebookWatch } from './codebook-watch.ts';
import { registerDecideCommand } from './decide-command.ts';
import { EditCommands } from './edit-commands.ts';
import { EditDocuments } from './edit-documents.ts';
import { EditSwitcher } from './edit-switcher.ts';
import { ExchangeCommands } from './exchange-commands.ts';
import { PendingReverts } from './pending-reverts.ts';
import { ReportDocuments } from './report-documents.ts';
import { ShownEdits } from './shown-edits.ts';

/** Where a prompt can be tried. */
export interface PromptBench {
  showPrompt(prompt: Prompt): Promise<void>;
}

/** The codebook in the side bar, and every command that concerns it. */
export class CodebookExplorer implements vscode.Disposable {
  /** Fires when edits were enabled or disabled. */
  readonly onDidSwitch: vscode.Event<void>;
  readonly onDidExport: vscode.Event<void>;
  readonly reports: ReportDocuments;
  readonly #view: CodebookView;
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(
    context: vscode.ExtensionContext,
    session: Session,
    counts: FireCounts,
    locator: CodebookLocator,
    bench: PromptBench,
    notifier: Notifier,
  ) {
    const { workspaceState } = context;
    const shown = new ShownEdits(session);
    const switcher = new EditSwitcher(session, shown);
    const reverts = new PendingReverts({ session, shown, switcher, memento: workspaceState, notifier });
    const tree = new CodebookTree(session, shown, counts, workspaceState);
    const view = new CodebookView({ session, shown, tree, switcher, locator, notifier });
    const [documents, reports] = [new EditDocuments(session, shown), new ReportDocuments()];
    const exchange = new ExchangeCommands({ session, shown, reverts, reports, notifier, view });
    const all = {
      session,
      shown,
      tree,
      view,
      switcher,
      reverts,
      documents,
      reports,
      exchange,
      notifier,
      bench,
      locator,
    };
    this.onDidSwitch = switcher.onDidSwitch;
    this.onDidExport = exchange.onDidExport;
    this.reports = reports;
    this.#view = view;
    this.#subscriptions = [
      ...[shown, switcher, reverts, tree, view, documents, reports, exchange, new CodebookWatch(session, notifier)],
      ...[
        new EditCommands(all),
        new CodebookCommands(all),
        new BatchCommand(all),
        new CodebookChoice(all),
        new TuneCommand(all),
      ],
      registerDecideCommand(all),
      shown.onDidChange((change) => {
        const { head } = shown;
        if (change === 'all' && head) locator.remember(head.folder, head.model.name);
      }),
    ];
  }

  /** Shows an edit's row in the side bar. */
  async revealEdit(edit: number): Promise<void> {
    await this.#view.reveal(edit);
  }

  /** Opens the codebook that was used last here, to look at, when nothing is open. */
  openLast(): Promise<void> {
    return this.#view.openLast();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
