import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';

import { settings } from '../settings.ts';

/** A codebook that is there to be opened. */
export interface LocatedCodebook {
  /** Its whole path. */
  readonly folder: string;
  readonly name: string;
  readonly where: 'workspace' | 'extension' | 'recent';
}

/** The file that makes a folder a codebook. */
const MANIFEST = 'codebook.json';
/** Codebooks of a workspace lie in this folder of it. */
const WORKSPACE_FOLDER = '.grace';
const RECENT = 'grace.codebook.recent';
/** By model, and whatever the model. */
const LAST_OF_MODELS = 'grace.codebook.lastOfModels';
const LAST = 'grace.codebook.last';
const MOST_RECENT = 20;
const LONGEST_NAME = 80;

/**
 * Where codebooks lie: in the workspace's `.grace` folder, with the extension, and wherever one was opened before. Those of a
 * workspace that is not trusted are not seen.
 */
export class CodebookLocator {
  readonly #context: vscode.ExtensionContext;

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
  }

  /**
   * The whole path of the codebook for a model that is opened: the one used last with it in this workspace or, if it is new
   * here or edits go to a hook point of their own, a folder by the setting; it need not be there.
   */
  defaultFolder(modelName: string, hook?: string): string {
    if (hook !== undefined) return this.folderOf(`${baseName(modelName)}-${hook}`);
    const last = this.#last()[baseName(modelName)];
    return last !== undefined && this.#isOpenable(last) ? last : this.folderOf(baseName(modelName));
  }

  /** The whole path of a new codebook with a name, in the place that the setting says. */
  folderOf(name: string): string {
    return path.join(this.#newCodebooks(), safeName(name));
  }

  /** The whole path of a new codebook whose name begins with `name`, and that is not there yet. */
  unusedFolder(name: string): string {
    for (let number = 2; ; number++) {
      const folder = this.folderOf(`${baseName(name)}-${number}`);
      if (!existsSync(folder)) return folder;
    }
  }

  /** Those that are there; each once. */
  async list(): Promise<readonly LocatedCodebook[]> {
    const inWorkspace = await Promise.all(workspaceFolders().map((folder) => codebooksIn(path.join(folder, WORKSPACE_FOLDER)))); // prettier-ignore
    const found: readonly (readonly [LocatedCodebook['where'], readonly string[]])[] = [
      ['workspace', inWorkspace.flat()],
      ['extension', await codebooksIn(this.#extensionFolder())],
      ['recent', this.#recent().filter((folder) => this.#isOpenable(folder))],
    ];
    const located = found.flatMap(([where, folders]) =>
      folders.map((folder) => ({ folder, name: path.basename(folder), where })),
    );
    return located.filter(({ folder }, at) => located.findIndex((other) => other.folder === folder) === at);
  }

  /** The codebook to show when nothing is open: the one used last here, or the workspace's first; undefined without one. */
  async lastOrFirst(): Promise<string | undefined> {
    const last = this.#context.workspaceState.get<string>(LAST);
    if (last !== undefined && this.#isOpenable(last)) return last;
    return (await this.list()).find(({ where }) => where === 'workspace')?.folder;
  }

  /** Notes that a codebook was opened for a model, so that it is found again. */
  remember(folder: string, modelName: string): void {
    const recent = [folder, ...this.#recent().filter((other) => other !== folder)].slice(0, MOST_RECENT);
    void this.#context.globalState.update(RECENT, recent);
    void this.#context.workspaceState.update(LAST_OF_MODELS, { ...this.#last(), [baseName(modelName)]: folder });
    void this.#context.workspaceState.update(LAST, folder);
  }

  #newCodebooks(): string {
    const [folder] = workspaceFolders();
    return folder !== undefined && settings().codebookLocation === 'workspace'
      ? path.join(folder, WORKSPACE_FOLDER)
      : this.#extensionFolder();
  }

  #extensionFolder(): string {
    return path.join(this.#context.globalStorageUri.fsPath, 'codebooks');
  }

  #recent(): readonly string[] {
    return this.#context.globalState.get<readonly string[]>(RECENT, []);
  }

  #last(): Readonly<Record<string, string>> {
    return this.#context.workspaceState.get<Record<string, string>>(LAST_OF_MODELS, {});
  }

  #isOpenable(folder: string): boolean {
    return isCodebook(folder) && (vscode.workspace.isTrusted || !isInWorkspace(folder));
  }
}

/** A folder's name made of what a person or a model is called; right on every system. */
export function safeName(name: string): string {
  const plain = name
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .slice(0, LONGEST_NAME)
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  if (plain === '') return 'codebook';
  // Windows keeps these names for devices, with whatever follows the first dot.
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `codebook-${plain}` : plain;
}

/** Whether there is a codebook in a folder. */
export const isCodebook = (folder: string): boolean => existsSync(path.join(folder, MANIFEST));

/** In the Hugging Face cache a model is called `org/name`; its folder says only `name`. */
export const baseName = (modelName: string): string => modelName.split('/').at(-1)!;

/** The folders on a disk of a workspace that is trusted. */
function workspaceFolders(): readonly string[] {
  if (!vscode.workspace.isTrusted) return [];
  return (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
}

function isInWorkspace(folder: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some(({ uri }) => {
    const relative = path.relative(uri.fsPath, folder);
    return relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
  });
}

async function codebooksIn(parent: string): Promise<readonly string[]> {
  if (!statSync(parent, { throwIfNoEntry: false })?.isDirectory()) return [];
  const names = await readdir(parent);
  return names
    .sort()
    .map((name) => path.join(parent, name))
    .filter(isCodebook);
}
