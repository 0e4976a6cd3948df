import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import type { CodebookMerged, ExportParams, MergeConflict } from '../../protocol/engine-api.ts';
import type { Notifier } from '../notify.ts';
import { escaped, fenced } from '../plain-text.ts';
import type { Session } from '../session.ts';
import type { CodebookNode } from './codebook-shape.ts';
import { pickEdits } from './edit-picker.ts';
import { describeAction, promptText } from './edit-words.ts';
import { during } from './long-work.ts';
import type { PendingReverts } from './pending-reverts.ts';
import type { ReportDocuments } from './report-documents.ts';
import type { ShownEdits } from './shown-edits.ts';

type Format = ExportParams['format'];

export interface ExchangeCommandParts {
  readonly session: Session;
  readonly shown: ShownEdits;
  readonly reverts: PendingReverts;
  readonly reports: ReportDocuments;
  readonly notifier: Notifier;
  readonly view: { readonly selection: readonly CodebookNode[] };
}

/** Export, import and merge. Reverts that are pending are written before edits leave or enter. */
export class ExchangeCommands implements vscode.Disposable {
  readonly #parts: ExchangeCommandParts;
  readonly #exported = new vscode.EventEmitter<void>();
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(parts: ExchangeCommandParts) {
    this.#parts = parts;
    this.#subscriptions = [
      parts.notifier.command('grace.exportCodebook', () => this.#exportCodebook()),
      parts.notifier.command('grace.importCodebook', () => this.#import()),
      parts.notifier.command('grace.mergeCodebook', () => this.#merge()),
    ];
  }

  readonly onDidExport = this.#exported.event;

  /** Exports some edits to a file that the person names. */
  async exportEdits(edits: readonly number[]): Promise<void> {
    const chosen = await vscode.window.showQuickPick(formats(), {
      title: vscode.l10n.t('Export {0} edits as', edits.length),
    });
    if (chosen) await this.#export(chosen.format, edits);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#exported.dispose();
  }

  async #exportCodebook(): Promise<void> {
    const some = formats().map((format) => ({
      ...format,
      label: vscode.l10n.t('Some edits as {0}…', format.label),
      detail: vscode.l10n.t('You choose which.'),
      some: true,
    }));
    const all = formats().map((format) => ({ ...format, some: false }));
    const chosen = await vscode.window.showQuickPick([...all, ...some], { title: vscode.l10n.t('Export Codebook') });
    if (chosen) await this.#export(chosen.format, chosen.some ? await this.#choose() : undefined);
  }

  #choose(): Promise<readonly number[]> {
    const { shown, view } = this.#parts;
    const selected = view.selection.flatMap((node) => (node.kind === 'edit' ? [node.edit] : []));
    return pickEdits(vscode.l10n.t('Edits to export'), shown.items, new Set(selected));
  }

  async #export(format: Format, edits: readonly number[] | undefined): Promise<void> {
    const { session, reverts, notifier } = this.#parts;
    const extension = format === 'json' ? 'json' : 'safetensors';
    const target = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Export Codebook'),
      defaultUri: vscode.Uri.file(path.join(startFolder(), `${this.#name()}.${extension}`)),
      filters: { [format]: [extension] },
    });
    if (!target) return;
    await reverts.settle();
    const result = await during(vscode.l10n.t('Exporting'), () =>
      session.export({ file: fileOf(target), format, edits }),
    );
    this.#exported.fire();
    const show = {
      title: vscode.l10n.t('Show File'),
      run: () => vscode.commands.executeCommand('revealFileInOS', target),
    };
    const message = vscode.l10n.t(
      '{0} edits in {1} entries written to {2}.',
      result.edits,
      result.entries,
      result.file,
    );
    // Only this machine's files can be shown in its file manager.
    await notifier.done(message, ...(vscode.env.remoteName === undefined ? [show] : []));
  }

  #name(): string {
    const { head } = this.#parts.shown;
    return head ? path.basename(head.folder) : 'codebook';
  }

  async #import(): Promise<void> {
    const { session, reverts, notifier } = this.#parts;
    const file = await askFile(vscode.l10n.t('Import Codebook'));
    await reverts.settle();
    const { imported, edits, live } = await during(vscode.l10n.t('Importing'), () => session.import(file));
    await notifier.done(
      vscode.l10n.t('{0} edits imported; the codebook has {1}, {2} of them live.', imported, edits, live),
    );
  }

  async #merge(): Promise<void> {
    const { session, reverts, notifier } = this.#parts;
    const from = await askSource();
    await reverts.settle();
    const plan = await during(vscode.l10n.t('Comparing'), () => session.merge(from, true));
    if (plan.taken === 0) {
      await notifier.done(vscode.l10n.t('There is nothing to merge: all {0} edits are here already.', plan.same));
      return;
    }
    if (plan.conflicts.length > 0 && !(await this.#confirm(plan, from))) return;
    const merged = await during(vscode.l10n.t('Merging'), () => session.merge(from, false));
    await notifier.done(vscode.l10n.t('{0} edits merged; {1} were here already.', merged.taken, merged.same));
  }

  /** Lists what the merge changes, and asks. */
  async #confirm(plan: CodebookMerged, from: string): Promise<boolean> {
    const lines = [
      `# ${vscode.l10n.t('Conflicts of the merge')}`,
      escaped(from),
      ...plan.conflicts.flatMap(conflictLines),
    ];
    await this.#parts.reports.show(
      vscode.l10n.t('Merge'),
      lines.flatMap((text) => [{ text }, { text: '' }]),
    );
    const merge = vscode.l10n.t('Merge');
    const detail = vscode.l10n.t('{0} edits would be taken in, {1} are here already. The conflicts are listed in the document that has been opened.', plan.taken, plan.same); // prettier-ignore
    const chosen = await vscode.window.showWarningMessage(
      vscode.l10n.t('{0} edits change answers of edits that are here.', plan.conflicts.length),
      { modal: true, detail },
      merge,
    );
    return chosen === merge;
  }
}

const formats = (): readonly (vscode.QuickPickItem & { readonly format: Format })[] => [
  {
    label: 'safetensors',
    description: vscode.l10n.t('to import, and for Python'),
    detail: vscode.l10n.t('Keys, values, radii and the edits, in one file.'),
    format: 'safetensors',
  },
  {
    label: 'JSON',
    description: vscode.l10n.t('to read'),
    detail: vscode.l10n.t('Without the vectors; it cannot be imported.'),
    format: 'json',
  },
];

function conflictLines({ edit, prompt, target, action, with: others }: MergeConflict): readonly string[] {
  const what = vscode.l10n.t(
    'It {0}, and changes the answers of edits {1}.',
    describeAction(action),
    others.join(', '),
  );
  const heading = `## ${vscode.l10n.t('Edit {0} there', edit)}`;
  const answer = `${vscode.l10n.t('Answer')}\n\n${fenced(target)}`;
  return [heading, `${vscode.l10n.t('Prompt')}\n\n${fenced(promptText(prompt))}`, answer, what];
}

/** Dialogs of most systems choose either files or folders. */
async function askSource(): Promise<string> {
  const folder = { label: vscode.l10n.t('A codebook’s folder…'), isFolder: true };
  const file = { label: vscode.l10n.t('An exported file…'), isFolder: false };
  const chosen = await vscode.window.showQuickPick([folder, file], { title: vscode.l10n.t('Merge Codebook') });
  if (!chosen) throw new CodedError('cancelled', vscode.l10n.t('No codebook was chosen.'));
  return chosen.isFolder ? askFolder(vscode.l10n.t('Merge')) : askFile(vscode.l10n.t('Merge Codebook'));
}

async function askFile(title: string): Promise<string> {
  const chosen = await vscode.window.showOpenDialog({
    title,
    filters: { safetensors: ['safetensors'] },
    defaultUri: vscode.Uri.file(startFolder()),
  });
  return onlyOne(chosen);
}

/** Asks for the folder of a codebook. */
export async function askFolder(openLabel: string): Promise<string> {
  const options = { title: openLabel, openLabel, canSelectFiles: false, canSelectFolders: true };
  return onlyOne(await vscode.window.showOpenDialog({ ...options, defaultUri: vscode.Uri.file(startFolder()) }));
}

function onlyOne(chosen: readonly vscode.Uri[] | undefined): string {
  if (!chosen?.[0]) throw new CodedError('cancelled', vscode.l10n.t('Nothing was chosen.'));
  return fileOf(chosen[0]);
}

/** @throws CodedError `bad-argument` when it is not on a disk. */
export function fileOf(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  throw new CodedError(
    'bad-argument',
    vscode.l10n.t('{0} is not on a disk that the engine can read.', uri.toString()),
    vscode.l10n.t('Choose a file or folder of the machine that the extension runs on.'),
  );
}

/** Where dialogs begin. */
export function startFolder(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return folder?.uri.scheme === 'file' ? folder.uri.fsPath : homedir();
}
