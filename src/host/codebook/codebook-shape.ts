import * as vscode from 'vscode';

import type { EditItem } from '../../protocol/codebook-snapshot.ts';
import type { EditGroup } from './arrangement.ts';

/** An edit in the tree; one with several tags is in it several times. */
export interface EditNode {
  readonly kind: 'edit';
  readonly id: string;
  readonly edit: number;
  readonly parent: GroupNode | undefined;
}

/** Edits under a heading, or a page of a list that is too long to be shown at once. */
export interface GroupNode {
  readonly kind: 'group' | 'page';
  readonly id: string;
  readonly label: string;
  readonly edits: readonly number[];
  /** Whether it is open at first. */
  readonly open: boolean;
  readonly parent: GroupNode | undefined;
}

export type CodebookNode = EditNode | GroupNode;

/** A list that is longer is cut into pages of so many: VS Code makes an item for each one in an open list before it shows any. */
export const PAGE = 500;

/** What stands in a list, before it is a node. */
interface Part {
  readonly edits: readonly number[];
  readonly node: (parent: GroupNode | undefined) => CodebookNode;
}

/** The tree's nodes: made when they are asked for, and the same ones each time. */
export class CodebookShape {
  readonly roots: readonly CodebookNode[];
  readonly #parts = new Map<GroupNode, readonly Part[]>();
  readonly #children = new Map<GroupNode, readonly CodebookNode[]>();
  readonly #nodes = new Map<number, EditNode[]>();

  constructor(groups: readonly EditGroup[]) {
    const isShort = groups.reduce((sum, { items }) => sum + items.length, 0) <= PAGE;
    const parts = groups[0]?.id === '' ? this.#edits(groups[0].items) : groups.map((group) => this.#group(group, isShort)); // prettier-ignore
    this.roots = this.#list(parts, undefined);
  }

  children(node: CodebookNode): readonly CodebookNode[] {
    if (node.kind === 'edit') return [];
    const known = this.#children.get(node);
    if (known) return known;
    const parts = this.#parts.get(node) ?? [];
    const made = node.kind === 'page' ? parts.map((part) => part.node(node)) : this.#list(parts, node);
    this.#children.set(node, made);
    return made;
  }

  /** Those of an edit's nodes that VS Code may know. */
  nodesOf(edit: number): readonly EditNode[] {
    return this.#nodes.get(edit) ?? [];
  }

  /** The first node of an edit. */
  find(edit: number, among: readonly CodebookNode[] = this.roots): EditNode | undefined {
    for (const node of among) {
      if (node.kind === 'edit' && node.edit === edit) return node;
      if (node.kind !== 'edit' && node.edits.includes(edit)) return this.find(edit, this.children(node));
    }
    return undefined;
  }

  #list(parts: readonly Part[], parent: GroupNode | undefined): readonly CodebookNode[] {
    return parts.length <= PAGE ? parts.map((part) => part.node(parent)) : this.#pages(parts, parent);
  }

  #pages(parts: readonly Part[], parent: GroupNode | undefined): readonly GroupNode[] {
    return Array.from({ length: Math.ceil(parts.length / PAGE) }, (_, page) => {
      const [begin, end] = [page * PAGE, Math.min((page + 1) * PAGE, parts.length)];
      const on = parts.slice(begin, end);
      const node: GroupNode = {
        kind: 'page',
        id: `${parent?.id ?? ''}/page ${page}`,
        label: vscode.l10n.t('{0}–{1}', begin + 1, end),
        edits: on.flatMap(({ edits }) => edits),
        open: page === 0 && !parent,
        parent,
      };
      this.#parts.set(node, on);
      return node;
    });
  }

  #group({ id, label, items }: EditGroup, open: boolean): Part {
    const edits = items.map(({ edit }) => edit);
    return {
      edits,
      node: (parent) => {
        const node: GroupNode = { kind: 'group', id: `group ${id}`, label, edits, open, parent };
        this.#parts.set(node, this.#edits(items));
        return node;
      },
    };
  }

  #edits(items: readonly EditItem[]): readonly Part[] {
    return items.map(({ edit }) => ({
      edits: [edit],
      node: (parent) => {
        const node: EditNode = { kind: 'edit', id: `${parent?.id ?? ''}/${edit}`, edit, parent };
        this.#nodes.set(edit, [...this.nodesOf(edit), node]);
        return node;
      },
    }));
  }
}
