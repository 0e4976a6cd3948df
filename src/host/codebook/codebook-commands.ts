import * as vscode from 'vscode';

import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import { FILTERS, GROUPINGS, ORDERS, type Arrangement, type Filter, type Grouping, type Order } from './arrangement.ts';
import type { CodebookTree } from './codebook-tree.ts';
import { pickEdits } from './edit-picker.ts';
import type { EditSwitcher } from './edit-switcher.ts';
import { describeEdits } from './edit-words.ts';
import type { PendingReverts } from './pending-reverts.ts';
import { isEnabled, type ShownEdits } from './shown-edits.ts';

export interface CodebookCommandParts {
  readonly session: Session;
  readonly shown: ShownEdits;
  readonly tree: CodebookTree;
  readonly switcher: EditSwitcher;
  readonly reverts: PendingReverts;
  readonly notifier: Notifier;
}

/** The commands of the open codebook as a whole: which edits count, and how they are listed. */
export class CodebookCommands implements vscode.Disposable {
  readonly #parts: CodebookCommandParts;
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(parts: CodebookCommandParts) {
    this.#parts = parts;
    const { notifier } = parts;
    this.#subscriptions = [
      notifier.command('grace.revertEdit', () => this.#revertSome()),
      notifier.command('grace.revertAll', () => this.#revertAll()),
      notifier.command('grace.enableEdit', () => this.#switchSome('enable')),
      notifier.command('grace.disableEdit', () => this.#switchSome('disable')),
      notifier.command('grace.codebook.sort', () => this.#sort()),
      notifier.command('grace.codebook.group', () => this.#group()),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #revertSome(): Promise<void> {
    const { shown, reverts } = this.#parts;
    await reverts.revert(await pickEdits(vscode.l10n.t('Edits to revert'), shown.items));
  }

  async #switchSome(op: 'enable' | 'disable'): Promise<void> {
    const { shown, switcher, notifier } = this.#parts;
    const others = shown.items.filter((item) => item.state !== 'damaged' && isEnabled(item) !== (op === 'enable'));
    const title = op === 'enable' ? vscode.l10n.t('Edits to enable') : vscode.l10n.t('Edits to disable');
    const edits = describeEdits(await switcher.switch(op, await pickEdits(title, others)));
    await notifier.done(op === 'enable' ? vscode.l10n.t('{0} enabled.', edits) : vscode.l10n.t('{0} disabled.', edits));
  }

  async #revertAll(): Promise<void> {
    const { session, reverts, notifier } = this.#parts;
    await reverts.settle();
    const edits = session.codebook?.items.map(({ edit }) => edit) ?? [];
    if (edits.length === 0) {
      await notifier.done(vscode.l10n.t('The codebook has no edits.'));
      return;
    }
    const revert = vscode.l10n.t('Revert All');
    const chosen = await vscode.window.showWarningMessage(
      vscode.l10n.t('Revert all {0} edits of this codebook?', edits.length),
      { modal: true, detail: vscode.l10n.t('The model answers as it did before them. This cannot be undone; export the codebook first to keep a copy.') }, // prettier-ignore
      revert,
    );
    if (chosen !== revert) return;
    await session.switch('revert', edits);
    await notifier.done(vscode.l10n.t('{0} reverted.', describeEdits(edits)));
  }

  async #sort(): Promise<void> {
    const { order } = this.#parts.tree.arrangement;
    const rows = ORDERS.map((each) => row(orderName(each), { order: each }, each === order));
    await this.#choose(vscode.l10n.t('Sort Edits'), rows);
  }

  async #group(): Promise<void> {
    const { grouping, filter } = this.#parts.tree.arrangement;
    const separator = (label: string): vscode.QuickPickItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
    await this.#choose(vscode.l10n.t('Group Edits'), [
      separator(vscode.l10n.t('Group')),
      ...GROUPINGS.map((each) => row(groupingName(each), { grouping: each }, each === grouping)),
      separator(vscode.l10n.t('Show')),
      ...FILTERS.map((each) => row(filterName(each), { filter: each }, each === filter)),
    ]);
  }

  async #choose(title: string, rows: readonly Row[]): Promise<void> {
    const chosen = await vscode.window.showQuickPick(rows, { title });
    if (chosen?.change) await this.#parts.tree.rearrange(chosen.change);
  }
}

interface Row extends vscode.QuickPickItem {
  readonly change?: Partial<Arrangement>;
}

const row = (label: string, change: Partial<Arrangement>, isCurrent: boolean): Row => ({
  label,
  change,
  ...(isCurrent ? { description: vscode.l10n.t('now') } : {}),
});

function orderName(order: Order): string {
  switch (order) {
    case 'newest':
      return vscode.l10n.t('Newest first');
    case 'oldest':
      return vscode.l10n.t('Oldest first');
    case 'fired':
      return vscode.l10n.t('Fired most often first');
    case 'prompt':
      return vscode.l10n.t('By name or prompt');
    case 'radius':
      return vscode.l10n.t('Largest radius first');
  }
}

function groupingName(grouping: Grouping): string {
  switch (grouping) {
    case 'none':
      return vscode.l10n.t('Not grouped');
    case 'entry':
      return vscode.l10n.t('By entry');
    case 'date':
      return vscode.l10n.t('By date');
    case 'tag':
      return vscode.l10n.t('By tag');
    case 'fired':
      return vscode.l10n.t('Never fired and fired');
    case 'state':
      return vscode.l10n.t('By state');
  }
}

function filterName(filter: Filter): string {
  switch (filter) {
    case 'all':
      return vscode.l10n.t('All edits');
    case 'live':
      return vscode.l10n.t('Only live edits');
    case 'neverFired':
      return vscode.l10n.t('Only edits that never fired');
  }
}
