import path from 'node:path';
import * as vscode from 'vscode';

import { reportError } from '../../protocol/coded-error.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import type { CodebookLocator } from './codebook-locator.ts';
import type { CodebookNode } from './codebook-shape.ts';
import type { CodebookTree } from './codebook-tree.ts';
import type { EditSwitcher } from './edit-switcher.ts';
import { isTwoPart } from './reach-words.ts';
import type { ShownChange, ShownEdits } from './shown-edits.ts';

export interface CodebookViewParts {
  readonly session: Session;
  readonly shown: ShownEdits;
  readonly tree: CodebookTree;
  readonly switcher: EditSwitcher;
  readonly locator: CodebookLocator;
  readonly notifier: Notifier;
}

/** The codebook in the side bar: its rows, the badge, and what there is to say about the codebook as a whole. */
export class CodebookView implements vscode.Disposable {
  readonly #parts: CodebookViewParts;
  readonly #view: vscode.TreeView<CodebookNode>;
  readonly #subscriptions: readonly vscode.Disposable[];
  /** Why the codebook that was to be shown could not be opened. */
  #failure = '';
  /** That the codebook was read again, until it is changed from here. */
  #reread = '';
  #selection: readonly CodebookNode[] = [];
  #focused: CodebookNode | undefined;

  constructor(parts: CodebookViewParts) {
    const { session, shown, tree } = parts;
    this.#parts = parts;
    this.#view = vscode.window.createTreeView('grace.codebook', {
      treeDataProvider: tree,
      canSelectMany: true,
      showCollapseAll: true,
      manageCheckboxStateManually: true,
    });
    this.#subscriptions = [
      this.#view,
      this.#view.onDidChangeCheckboxState(({ items }) => { this.#tick(items); }), // prettier-ignore
      this.#view.onDidChangeSelection(({ selection }) => { this.#followSelection(selection); }), // prettier-ignore
      this.#view.onDidChangeVisibility(({ visible }) => { if (visible) void this.#openSeen(); }), // prettier-ignore
      session.onDidReread(() => { this.#tellReread(); }), // prettier-ignore
      shown.onDidChange((change) => { this.#follow(change); }), // prettier-ignore
    ];
    this.#update();
    if (this.#view.visible) void this.#openSeen();
  }

  /** Edits whose rows are selected. */
  get selection(): readonly CodebookNode[] {
    return this.#view.selection;
  }

  /**
   * The row that the keyboard is on, for commands that a key calls. VS Code tells extensions only which rows are selected: such
   * a key (in package.json) changes that for the row with the focus, and back, before it calls the command.
   */
  get focused(): CodebookNode | undefined {
    return this.#focused;
  }

  /** Shows the row of an edit and selects it; one that the filter leaves out only brings the view up. */
  async reveal(edit: number): Promise<void> {
    const node = this.#parts.tree.find(edit);
    if (node) await this.#view.reveal(node, { select: true, focus: true, expand: true });
    else await vscode.commands.executeCommand('grace.codebook.focus');
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #tick(items: readonly (readonly [CodebookNode, vscode.TreeItemCheckboxState])[]): void {
    const { switcher, notifier } = this.#parts;
    const edits = (wanted: vscode.TreeItemCheckboxState): readonly number[] =>
      items.flatMap(([node, state]) => (node.kind === 'edit' && state === wanted ? [node.edit] : []));
    const [on, off] = [edits(vscode.TreeItemCheckboxState.Checked), edits(vscode.TreeItemCheckboxState.Unchecked)];
    if (on.length > 0) void notifier.guard(() => switcher.switch('enable', on));
    if (off.length > 0) void notifier.guard(() => switcher.switch('disable', off));
  }

  #followSelection(selection: readonly CodebookNode[]): void {
    const [before, after] = [new Set(this.#selection), new Set(selection)];
    this.#focused = selection.find((node) => !before.has(node)) ?? this.#selection.find((node) => !after.has(node));
    this.#selection = selection;
  }

  #openSeen(): Promise<void> {
    return this.openLast(() => this.#view.visible);
  }

  /** Opens a codebook to look at, without its model, when nothing is open; `wanted` says whether it still is to be opened. */
  async openLast(wanted: () => boolean = () => true): Promise<void> {
    const { session, locator } = this.#parts;
    const folder = await locator.lastOrFirst();
    if (folder === undefined || !wanted()) return;
    // What is being opened meanwhile must not be replaced.
    if (session.codebook || session.hasModel || session.activity !== null) return;
    try {
      await session.openCodebook(folder);
      this.#failure = '';
    } catch (error) {
      const { message, advice } = reportError(error);
      this.#failure = `${vscode.l10n.t('The codebook {0} could not be opened.', path.basename(folder))} ${message} ${advice}`;
    }
    this.#update();
  }

  #tellReread(): void {
    const time = new Date().toLocaleTimeString(vscode.env.language, { timeStyle: 'short' });
    this.#reread = vscode.l10n.t('Read again: changed by another program at {0}.', time);
    this.#update();
  }

  #follow(change: ShownChange): void {
    if (this.#parts.shown.head) this.#failure = '';
    if (change === 'all' || change.length > 0) this.#reread = '';
    this.#update();
  }

  #update(): void {
    const { head } = this.#parts.shown;
    void vscode.commands.executeCommand('setContext', 'grace.codebookOpen', head !== null);
    void vscode.commands.executeCommand('setContext', 'grace.twoPart', isTwoPart(head));
    this.#view.badge = head && head.live > 0 ? { value: head.live, tooltip: liveEdits(head.live) } : undefined;
    const readOnly = head?.readOnly == null ? [] : [vscode.l10n.t('read-only')];
    this.#view.description = head ? [path.basename(head.folder), ...readOnly].join(', ') : '';
    const sentences = [this.#failure, this.#reread, head?.readOnly ?? '', ...(head?.notices ?? [])];
    this.#view.message = sentences.filter((sentence) => sentence !== '').join(' ');
  }
}

const liveEdits = (live: number): string =>
  live === 1 ? vscode.l10n.t('1 live edit') : vscode.l10n.t('{0} live edits', live);
