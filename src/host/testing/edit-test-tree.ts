import * as vscode from 'vscode';

import type { EditItem } from '../../protocol/codebook-snapshot.ts';
import type { EditDetails } from '../../protocol/edit-result.ts';
import type { PromptPlace, PromptRole } from '../../protocol/edit-test.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { editUri } from '../codebook/edit-documents.ts';
import { termsFor } from '../codebook/edit-terms.ts';
import { describeState, promptText } from '../codebook/edit-words.ts';
import type { EditChange, ShownChange, ShownEdits } from '../codebook/shown-edits.ts';
import { brief } from '../plain-text.ts';

/** What a test in the tree is about: an edit as a whole, or one of its prompts. */
export interface TestSubject {
  readonly folder: string;
  readonly edit: number;
  readonly place: PromptPlace | null;
}

const SHOWN = 120;

/** The open codebook in the Test Explorer: its edits, and below each, once it is opened or has run, its prompts. */
export class EditTestTree {
  readonly #controller: vscode.TestController;
  readonly #shown: ShownEdits;
  readonly #subjects = new WeakMap<vscode.TestItem, TestSubject>();

  constructor(controller: vscode.TestController, shown: ShownEdits) {
    this.#controller = controller;
    this.#shown = shown;
    this.#fill();
  }

  /** The tests of the edits, in order. */
  get edits(): readonly vscode.TestItem[] {
    return [...this.#controller.items].map(([, item]) => item);
  }

  subjectOf(item: vscode.TestItem): TestSubject {
    return this.#subjects.get(item)!;
  }

  /** The test of an edit of the codebook that is shown. */
  find(edit: number): vscode.TestItem | undefined {
    return this.#controller.items.get(idOf(this.#shown.head?.folder ?? '', edit));
  }

  /** Whether the edit is tested: it is part of the codebook. */
  stateOf(edit: number): EditItem['state'] | undefined {
    return this.#shown.get(edit)?.state;
  }

  follow(change: ShownChange): void {
    if (change === 'all') this.#fill();
    else for (const each of change) this.#update(each);
  }

  /** Puts the prompts of an edit below it; they never change. */
  addPrompts(item: vscode.TestItem, { prompt, rephrasings, probes = [] }: EditDetails): void {
    if (item.children.size > 0) return;
    const places: readonly (readonly [PromptPlace, Prompt])[] = [
      [{ role: 'prompt', at: 0 }, prompt],
      ...rephrasings.map((each, at) => [{ role: 'rephrasing', at }, each] as const),
      ...probes.map((probe, at) => [{ role: 'probe', at }, probe.prompt] as const),
    ];
    item.children.replace(places.map(([place, asked], at) => this.#promptItem(item, place, asked, at)));
  }

  /** The test of a prompt below its edit's. */
  findPrompt(item: vscode.TestItem, { role, at }: PromptPlace): vscode.TestItem | undefined {
    return item.children.get(promptId(role, at));
  }

  #fill(): void {
    this.#controller.items.replace(this.#shown.items.map((item) => this.#editItem(item)));
  }

  #update({ edit, after }: EditChange): void {
    const known = this.find(edit);
    if (!after) this.#controller.items.delete(idOf(this.#shown.head?.folder ?? '', edit));
    else if (known) this.#describe(known, after);
    else this.#controller.items.add(this.#editItem(after));
  }

  #editItem(item: EditItem): vscode.TestItem {
    const folder = this.#shown.head!.folder;
    const uri = editUri(item.edit, folder);
    const test = this.#controller.createTestItem(idOf(folder, item.edit), '', uri);
    test.canResolveChildren = true;
    test.sortText = String(item.edit).padStart(9, '0');
    this.#describe(test, item);
    this.#subjects.set(test, { folder, edit: item.edit, place: null });
    return test;
  }

  #describe(test: vscode.TestItem, { edit, title, prompt, target, state }: EditItem): void {
    const { isLabel } = termsFor(this.#shown.head!.model.architecture);
    const number = vscode.l10n.t('Edit {0}', edit);
    const parts = [...(isLabel ? [`→ ${target}`] : []), number, ...(state === 'live' ? [] : [describeState(state)])];
    test.label = brief(title || prompt, SHOWN);
    test.description = parts.join(', ');
  }

  #promptItem(parent: vscode.TestItem, place: PromptPlace, prompt: Prompt, order: number): vscode.TestItem {
    const { folder, edit } = this.subjectOf(parent);
    const label = brief(promptText(prompt), SHOWN);
    const test = this.#controller.createTestItem(promptId(place.role, place.at), label, parent.uri);
    test.description = describePlace(place);
    test.sortText = String(order).padStart(9, '0');
    this.#subjects.set(test, { folder, edit, place });
    return test;
  }
}

/** By the codebook too: results of another one are not taken for this one's. */
const idOf = (folder: string, edit: number): string => `${folder} ${edit}`;
const promptId = (role: PromptRole, at: number): string => `${role} ${at}`;

export function describePlace({ role, at }: PromptPlace): string {
  switch (role) {
    case 'prompt':
      return vscode.l10n.t('Prompt');
    case 'rephrasing':
      return vscode.l10n.t('Rephrasing {0}', at + 1);
    case 'probe':
      return vscode.l10n.t('Probe {0}', at + 1);
  }
}
