import * as vscode from 'vscode';

import type { FireCounts } from '../fire-counts.ts';
import type { Session } from '../session.ts';
import { arrange, DEFAULT_ARRANGEMENT, dependsOnFiring, placeOf, type Arrangement, type Fired } from './arrangement.ts';
import { CodebookShape, type CodebookNode, type EditNode } from './codebook-shape.ts';
import { termsFor, type EditTerms } from './edit-terms.ts';
import { editTooltip, editTreeItem, groupTreeItem } from './edit-tree-item.ts';
import type { ShownChange, ShownEdits } from './shown-edits.ts';

const ARRANGEMENT = 'grace.codebook.arrangement';

/** The codebook's edits for the tree view. A change refreshes the rows it concerns, and all of them only when some move. */
export class CodebookTree implements vscode.TreeDataProvider<CodebookNode>, vscode.Disposable {
  readonly #session: Session;
  readonly #shown: ShownEdits;
  readonly #counts: FireCounts;
  readonly #memento: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<CodebookNode[] | undefined>();
  readonly #subscriptions: readonly vscode.Disposable[];
  #shape: CodebookShape | undefined;
  #fired: Fired = {};

  constructor(session: Session, shown: ShownEdits, counts: FireCounts, memento: vscode.Memento) {
    this.#session = session;
    this.#shown = shown;
    this.#counts = counts;
    this.#memento = memento;
    this.#subscriptions = [
      shown.onDidChange((change) => { this.#refresh(change); }), // prettier-ignore
      counts.onDidChange(({ folder, edit }) => { this.#fire(folder, edit); }), // prettier-ignore
    ];
  }

  readonly onDidChangeTreeData = this.#changed.event;

  get arrangement(): Arrangement {
    return { ...DEFAULT_ARRANGEMENT, ...this.#memento.get<Partial<Arrangement>>(ARRANGEMENT) };
  }

  async rearrange(change: Partial<Arrangement>): Promise<void> {
    await this.#memento.update(ARRANGEMENT, { ...this.arrangement, ...change });
    this.#reshape();
  }

  getChildren(node?: CodebookNode): CodebookNode[] {
    const shape = (this.#shape ??= this.#arrange());
    return [...(node ? shape.children(node) : shape.roots)];
  }

  getParent(node: CodebookNode): CodebookNode | undefined {
    return node.parent;
  }

  getTreeItem(node: CodebookNode): vscode.TreeItem {
    if (node.kind !== 'edit') return groupTreeItem(node);
    const item = this.#shown.get(node.edit);
    // It may go while VS Code still asks for it.
    return item
      ? editTreeItem(node.id, item, this.#firedOf(item.edit), this.#terms, this.#shown.head)
      : new vscode.TreeItem(vscode.l10n.t('Edit {0}', node.edit));
  }

  async resolveTreeItem(item: vscode.TreeItem, node: CodebookNode): Promise<vscode.TreeItem> {
    const { head } = this.#shown;
    const edit = node.kind === 'edit' ? this.#shown.get(node.edit) : undefined;
    if (!head || !edit) return item;
    item.tooltip = editTooltip(
      edit,
      this.#counts.of(head.folder, edit.edit),
      await this.#note(edit.edit, edit.annotated),
      this.#terms,
      head,
    );
    return item;
  }

  /** The row of an edit; undefined when it is not listed. */
  find(edit: number): EditNode | undefined {
    return (this.#shape ??= this.#arrange()).find(edit);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }

  get #terms(): EditTerms {
    return termsFor(this.#shown.head?.model.architecture ?? '');
  }

  #firedOf(edit: number): number {
    const { head } = this.#shown;
    return head ? this.#counts.of(head.folder, edit) : 0;
  }

  #arrange(): CodebookShape {
    const { head, items } = this.#shown;
    this.#fired = head ? this.#counts.all(head.folder) : {};
    return new CodebookShape(arrange(items, this.arrangement, this.#fired));
  }

  #refresh(change: ShownChange): void {
    const { arrangement } = this;
    const moves =
      change === 'all' ||
      change.some(({ before, after }) => {
        const [from, to] = [before, after].map((item) => item && placeOf(item, arrangement, this.#fired));
        return from !== to;
      });
    if (moves) this.#reshape();
    else this.#refreshRows(change.map(({ edit }) => edit));
  }

  #fire(folder: string, edit: number): void {
    if (folder !== this.#shown.head?.folder) return;
    if (dependsOnFiring(this.arrangement)) this.#reshape();
    else this.#refreshRows([edit]);
  }

  #refreshRows(edits: readonly number[]): void {
    const nodes = edits.flatMap((edit) => this.#shape?.nodesOf(edit) ?? []);
    if (nodes.length > 0) this.#changed.fire(nodes);
  }

  #reshape(): void {
    this.#shape = undefined;
    this.#changed.fire(undefined);
  }

  /** Lists leave notes out. A hover starts no engine for one. */
  async #note(edit: number, annotated: boolean): Promise<string> {
    if (!annotated || !this.#session.engine.running) return '';
    try {
      return (await this.#session.show(edit)).note;
    } catch {
      return '';
    }
  }
}
