import * as vscode from 'vscode';

import type { CodebookHead } from '../../protocol/codebook-snapshot.ts';
import type { KeptProbe } from '../../protocol/edit.ts';
import type { EditDetails } from '../../protocol/edit-result.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { escaped, fenced } from '../plain-text.ts';
import type { Session } from '../session.ts';
import { termsFor, type EditTerms } from './edit-terms.ts';
import { describeMoment, describeState, explainState, figure, promptText } from './edit-words.ts';
import { describeCodebookRouter, describeReach, describeValue } from './reach-words.ts';
import type { ShownChange, ShownEdits } from './shown-edits.ts';

const SCHEME = 'grace-edit';

/** Edits in full, as documents to read; an open one follows what happens to its edit. */
export class EditDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #session: Session;
  readonly #shown: ShownEdits;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(session: Session, shown: ShownEdits) {
    this.#session = session;
    this.#shown = shown;
    this.#subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      shown.onDidChange((change) => { this.#refresh(change); }), // prettier-ignore
    ];
  }

  readonly onDidChange = this.#changed.event;

  async show(edit: number): Promise<void> {
    const uri = editUri(edit, this.#session.codebook?.head.folder ?? '');
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { edit, folder } = subjectOf(uri);
    if (this.#shown.head?.folder !== folder) return vscode.l10n.t('The codebook of this edit is not open.');
    const item = this.#shown.get(edit);
    if (!item) return vscode.l10n.t('Edit {0} is reverted.', edit);
    const terms = termsFor(this.#shown.head.model.architecture);
    return editText(await this.#session.show(edit), item.state, terms, this.#shown.head);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }

  #refresh(change: ShownChange): void {
    const edits = change === 'all' ? undefined : new Set(change.map(({ edit }) => edit));
    for (const { uri } of vscode.workspace.textDocuments) {
      if (uri.scheme === SCHEME && (edits?.has(subjectOf(uri).edit) ?? true)) this.#changed.fire(uri);
    }
  }
}

/** Where an edit of a codebook can be read. */
export const editUri = (edit: number, folder: string): vscode.Uri =>
  vscode.Uri.from({ scheme: SCHEME, path: `/${vscode.l10n.t('Edit {0}', edit)}.md`, query: `${edit} ${folder}` });

function subjectOf({ query }: vscode.Uri): { readonly edit: number; readonly folder: string } {
  const space = query.indexOf(' ');
  return { edit: Number(query.slice(0, space)), folder: query.slice(space + 1) };
}

/** Everything about an edit. What people and models wrote stands in blocks in which nothing means anything. */
export function editText(
  details: EditDetails,
  state: Parameters<typeof describeState>[0],
  terms: EditTerms,
  head: Pick<CodebookHead, 'router'>,
): string {
  const {
    edit,
    title,
    note,
    tags,
    prompt,
    rephrasings,
    subject,
    negatives = [],
    probes = [],
    target,
    before,
    after,
  } = details;
  const name = title === '' ? '' : `: ${escaped(title)}`;
  return [
    `# ${vscode.l10n.t('Edit {0}', edit)}${name}`,
    `**${describeState(state)}.** ${explainState(state)}`,
    ...section(terms.prompt, promptText(prompt)),
    ...section(terms.answer, target),
    ...rephrasingSections(rephrasings),
    ...subjectSection(subject),
    ...negativeSections(negatives),
    ...section(vscode.l10n.t('What the model said before'), before),
    ...section(vscode.l10n.t('What it said afterwards'), after),
    ...probeSections(probes),
    ...(note === '' ? [] : section(vscode.l10n.t('Note'), note)),
    ...(tags.length === 0 ? [] : [`## ${vscode.l10n.t('Tags')}`, tags.map(escaped).join(', ')]),
    ...entrySection(details, head),
    ...trainingSection(details),
    '',
  ].join('\n\n');
}

const section = (heading: string, text: string): readonly string[] => [`## ${heading}`, fenced(text)];

const rephrasingSections = (rephrasings: readonly Prompt[]): readonly string[] =>
  rephrasings.length === 0 ? [] : [`## ${vscode.l10n.t('Rephrasings')}`, ...rephrasings.map((prompt) => fenced(promptText(prompt)))]; // prettier-ignore

const subjectSection = (subject = ''): readonly string[] =>
  subject === '' ? [] : section(vscode.l10n.t('Who or what it is about'), subject);

const negativeSections = (negatives: readonly Prompt[]): readonly string[] =>
  negatives.length === 0 ? [] : [`## ${vscode.l10n.t('Must not fire')}`, ...negatives.map((prompt) => fenced(promptText(prompt)))]; // prettier-ignore

const probeSections = (probes: readonly KeptProbe[]): readonly string[] =>
  probes.length === 0
    ? []
    : [
        `## ${vscode.l10n.t('Probes, and the answers they are to keep')}`,
        ...probes.flatMap(({ prompt, answer }) => [fenced(promptText(prompt)), fenced(answer)]),
      ];

function entrySection(
  { entries, radius, firstRadius }: EditDetails,
  head: Pick<CodebookHead, 'router'>,
): readonly string[] {
  const lines = entries.map(
    ({ entry, radius: reach, members }) =>
      `- ${vscode.l10n.t('Entry {0}, {1}, made of edits {2}', entry, describeReach(head, reach), [...new Set(members)].join(', '))}`,
  );
  return [
    `## ${vscode.l10n.t('In the codebook')}`,
    describeCodebookRouter(head),
    vscode.l10n.t('It fires {0}; {1} when it was made.', describeReach(head, radius), describeReach(head, firstRadius)),
    lines.length > 0 ? lines.join('\n') : vscode.l10n.t('No entry is its own.'),
  ];
}

function trainingSection({ at, replace, vectors, source, training }: EditDetails): readonly string[] {
  const { steps, learningRate, rows, firstLoss, lastLoss, success } = training;
  const lines = [
    vscode.l10n.t('Made {0}', describeMoment(at)),
    success
      ? vscode.l10n.t('The model gave the answer to every prompt of the edit.')
      : vscode.l10n.t('The model did not give the answer to every prompt of the edit.'),
    vscode.l10n.t('{0} steps, learning rate {1}', steps, figure(learningRate)),
    vscode.l10n.t('Loss {0} at first, {1} at last', figure(firstLoss), figure(lastLoss)),
    vscode.l10n.t('Learned: {0}', describeValue(rows)),
    `${vscode.l10n.t('Replaced rows')}: ${escaped(replace)}`,
    `${vscode.l10n.t('Vectors')}: ${escaped(vectors)}`,
    ...(source === undefined ? [] : [`${vscode.l10n.t('Line of a batch')}: ${escaped(source)}`]),
  ];
  return [`## ${vscode.l10n.t('How it was learned')}`, lines.map((line) => `- ${line}`).join('\n')];
}
